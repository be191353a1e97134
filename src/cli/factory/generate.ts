// `orrery factory`: what is done with factories beside running them.
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { EXIT, OrreryError } from "../../core/errors.ts";
import { suggestion } from "../../core/parse.ts";
import { writeText } from "../../experiments/run-folder.ts";
import { yamlText } from "../../experiments/yaml-file.ts";
import { type PlantSettings, plantSchema } from "../../systems/factory/file/definition.ts";
import { randomPlant } from "../../systems/factory/file/generate.ts";
import { isFactoryFile } from "../find-system.ts";
import { say } from "../print.ts";

/** Options as commander gives them: text, or absent. */
export type GenerateOptions = {
  readonly types?: string;
  readonly perType?: string;
  readonly complexity?: string;
  readonly seed?: string;
  readonly out?: string;
};

/** `orrery factory generate`: a random plant as a factory file, printed or written. */
export function generate(options: GenerateOptions): number {
  const { out } = options;
  const settings = settingsOf(options);
  if (out === undefined) {
    say(fileText(settings, ".").trimEnd());
    return EXIT.held;
  }
  if (!isFactoryFile(out)) {
    throw new OrreryError("config/option", `--out "${out}": a factory file is named .yaml or .yml`);
  }
  if (existsSync(out)) throw new OrreryError("files/exists", `${out} exists, and was not changed`);
  writeText(out, fileText(settings, dirname(out)));
  say(`${out}: ${sizeOf(settings)}\nnpx orrery run ${out}`);
  return EXIT.held;
}

const OPTIONS = {
  types: "--types",
  perType: "--per-type",
  complexity: "--complexity",
  seed: "--seed",
} as const;

/** @throws OrreryError "config/option" naming the option and what was expected */
function settingsOf(options: GenerateOptions): PlantSettings {
  const numbered = (["types", "perType", "seed"] as const).map((name) => {
    const text = options[name];
    return [name, text === undefined || text.trim() === "" ? text : Number(text)] as const;
  });
  const { complexity } = options;
  const parsed = plantSchema.safeParse({ ...Object.fromEntries(numbered), complexity });
  if (parsed.success) return parsed.data;
  const { code, path, message } = parsed.error.issues[0]!;
  const name = path[0] as keyof typeof OPTIONS;
  const given = `${OPTIONS[name]} "${options[name]}"`;
  const says =
    code === "invalid_value"
      ? suggestion(options[name] ?? "", plantSchema.shape.complexity.unwrap().options)
      : message;
  throw new OrreryError("config/option", `${given}: ${says}`);
}

const sizeOf = ({ types, perType }: PlantSettings): string =>
  `${types} types, ${(types - 2) * perType + 2} stages`;

/** The whole file, for a folder: editors find the schema from there. */
function fileText(settings: PlantSettings, folder: string): string {
  const { types, perType, complexity, seed } = settings;
  const options = `--types ${types} --per-type ${perType} --complexity ${complexity} --seed ${seed}`;
  const comments = [
    ...schemaComment(folder),
    `A random plant: ${sizeOf(settings)}, complexity ${complexity}. type_0 needs nothing, nothing needs`,
    `type_${types - 1}. Quantities, lots and times are those of the original; change what you like. Drawn by`,
    `  orrery factory generate ${options}`,
  ];
  const name = `plant-${types}x${perType}-${complexity}-${seed}`;
  return yamlText(withoutEmpty({ factory: name, version: 1, ...randomPlant(settings) }), comments);
}

/** Where there is no schema, as in an installed package, there is no line for it. */
function schemaComment(folder: string): readonly string[] {
  const schema = join(import.meta.dirname, "../../../schemas/factory.json");
  if (!existsSync(schema)) return [];
  return [`yaml-language-server: $schema=${relative(folder, schema).replaceAll("\\", "/")}`];
}

/** Empty lists and objects are what a file has that does not name them. */
function withoutEmpty(value: object): object {
  const kept = Object.entries(value)
    .filter(([, field]) => typeof field !== "object" || Object.keys(field).length > 0)
    .map(([name, field]) => [name, typeof field === "object" ? withoutEmpty(field) : field]);
  return Object.fromEntries(kept) as object;
}
