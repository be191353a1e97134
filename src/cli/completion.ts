// `orrery completion`: what a shell needs to complete verbs, options and their values, made from the program itself. The
// script is whole: a key pressed starts no Node.
import type { Argument, Command, Option } from "commander";
import { EXIT, OrreryError } from "../core/errors.ts";
import { suggestion } from "../core/parse.ts";
import { PROFILE_NAMES } from "../core/profiles.ts";
import { WORKLOAD_NAMES } from "../systems/maelstrom/params.ts";
import { EXPORT_FORMATS } from "./examples.ts";
import { say } from "./print.ts";
import { SHIPPED } from "./systems.ts";

/** Values of options, by how an option is written. What is not here is a file, or one's own. */
export const VALUES: { readonly [flags: string]: readonly string[] } = {
  "--on <runtime>": ["sim", "tcp", "nats"],
  "--on <runtimes>": ["sim,tcp", "sim,nats", "tcp,nats"],
  "--profile <name>": PROFILE_NAMES,
  "--to <format>": EXPORT_FORMATS,
  "--lamport <rule>": ["standard", "send-before-increment"],
  "--complexity <how>": ["low", "medium", "high"],
  "-w, --workload <name>": WORKLOAD_NAMES,
};

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Words of arguments, by their names; files complete too. */
const words = (argument: Argument): readonly string[] => {
  if (argument.name() === "shell") return SHELLS;
  const ofSystems = ["system", "what"].includes(argument.name());
  return ofSystems ? SHIPPED.map(({ system }) => system.name) : [];
};

/** A verb as completions see it: `path` is "run", or "factory plan". */
type Verb = {
  readonly path: string;
  readonly says: string;
  readonly options: readonly Option[];
  readonly words: readonly string[];
  /** Do its arguments, or verbs below it, complete to files? */
  readonly files: boolean;
};

/** All verbs, those below others after these. */
function verbsOf(command: Command, above = ""): readonly Verb[] {
  return command.commands.flatMap((each) => {
    const path = `${above}${each.name()}`;
    const below = each.commands.map((one) => one.name());
    const { registeredArguments: all } = each;
    const own: Verb = {
      path,
      says: each.description(),
      options: each.options,
      words: [...below, ...all.flatMap(words)],
      files: all.some((argument) => !["shell", "name", "lot"].includes(argument.name())),
    };
    return [own, ...verbsOf(each, `${path} `)];
  });
}

/** Prints the script. @throws OrreryError "config/value" */
export function completion(shell: string, program: Command): number {
  const known = SHELLS.find((each) => each === shell);
  if (known === undefined) {
    throw new OrreryError("config/value", `no shell "${shell}"; ${suggestion(shell, SHELLS)}`);
  }
  say({ bash, zsh, fish }[known](verbsOf(program)));
  return EXIT.held;
}

const flagsOf = ({ short, long }: Option): readonly string[] =>
  [short, long].filter((flag) => flag !== undefined && flag !== null);

const takesValue = (option: Option): boolean => option.required || option.optional;

/** Verbs that have others below them. */
const parents = (verbs: readonly Verb[]): readonly string[] => [
  ...new Set(verbs.flatMap(({ path }) => (path.includes(" ") ? [path.split(" ")[0]!] : []))),
];

const topOf = (verbs: readonly Verb[]): readonly Verb[] =>
  verbs.filter(({ path }) => !path.includes(" "));

/** Bash breaks words at "=" and ":", so the value of --option=value is not completed: a space is. */
function bash(verbs: readonly Verb[]): string {
  const branch = ({ path, options, words: own, files }: Verb): string => {
    const values = options.filter(takesValue).map((option) => {
      const known = VALUES[option.flags];
      const reply = known === undefined ? "files=1" : `words="${known.join(" ")}"`;
      return `        ${flagsOf(option).join("|")}) ${reply}; value=1 ;;`;
    });
    const flags = [...options.flatMap(flagsOf), "--help"].join(" ");
    return `    "${path}")
      case "$previous" in
${values.join("\n")}
      esac
      if [ "$value" = 0 ]; then
        if [[ "$current" == -* ]]; then words="${flags}"; else words="${own.join(" ")}" files=${files ? 1 : 0}; fi
      fi ;;`.replace('      case "$previous" in\n\n      esac\n', "");
  };
  return `# Completions of orrery for bash: source <(orrery completion bash)
_orrery() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local verb="" words="" files=0 value=0 word
  if [ "$COMP_CWORD" -gt 1 ]; then
    verb="\${COMP_WORDS[1]}"
    case "$verb" in
      ${parents(verbs).join("|")}) [ "$COMP_CWORD" -gt 2 ] && verb="$verb \${COMP_WORDS[2]}" ;;
    esac
  fi
  case "$verb" in
    "") words="${topOf(verbs)
      .map(({ path }) => path)
      .join(" ")} --help --version" ;;
${verbs.map(branch).join("\n")}
  esac
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
  if [ "$files" = 1 ]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
  fi
}
complete -F _orrery orrery`;
}

/** Between single quotes, which zsh and fish take alike but for how a quote itself is said. */
const zshText = (text: string): string => text.replaceAll("'", "'\\''");
const fishText = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");

function zsh(verbs: readonly Verb[]): string {
  /** In what \`_arguments\` takes, these have a meaning. */
  const plain = (text: string): string => zshText(text.replaceAll(/[[\]:\\]/g, "\\$&"));
  const option = (each: Option): string => {
    const value = VALUES[each.flags];
    const takes = value === undefined ? ":value:_files" : `:value:(${value.join(" ")})`;
    return flagsOf(each)
      .map((flag) => `'*${flag}[${plain(each.description)}]${takesValue(each) ? takes : ""}'`)
      .join(" ");
  };
  const branch = ({ path, options, words: own, files }: Verb): string => {
    const parts = [
      ...(own.length > 0 ? [`'words:word:(${own.join(" ")})'`] : []),
      ...(files ? ["'files:file:_files'"] : []),
    ];
    const rest =
      parts.length === 0 ? "" : ` '*: :{_alternative ${parts.join(" ").replaceAll("'", '"')}}'`;
    return `    '${path}') _arguments ${options.map(option).join(" ")} '--help[shows help]'${rest} ;;`;
  };
  const described = topOf(verbs).map(({ path, says }) => `    '${path}:${zshText(says)}'`);
  return `#compdef orrery
# Completions of orrery for zsh: source <(orrery completion zsh)
_orrery() {
  local verb=""
  local -a verbs
  verbs=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  verb="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$verb" in
    ${parents(verbs).join("|")})
      if (( CURRENT > 2 )); then
        verb="$verb $words[2]"
        shift words
        (( CURRENT-- ))
      fi ;;
  esac
  case "$verb" in
${verbs.map(branch).join("\n")}
  esac
}
compdef _orrery orrery`;
}

function fish(verbs: readonly Verb[]): string {
  const lines = topOf(verbs).map(
    ({ path, says }) =>
      `complete -c orrery -f -n __fish_use_subcommand -a ${path} -d '${fishText(says)}'`,
  );
  for (const { path, options, words: own, files } of verbs) {
    const [verb, below] = path.split(" ");
    const seen = below === undefined ? "" : `; and __fish_seen_subcommand_from ${below}`;
    const when = `-n '__fish_seen_subcommand_from ${verb}${seen}'`;
    if (own.length > 0) lines.push(`complete -c orrery ${when} -a '${own.join(" ")}'`);
    if (!files) lines.push(`complete -c orrery -f ${when}`);
    for (const option of options) {
      const known = VALUES[option.flags];
      const value = known === undefined ? " -r" : ` -x -a '${known.join(" ")}'`;
      const names = flagsOf(option).map((flag) =>
        flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const takes = takesValue(option) ? value : "";
      lines.push(
        `complete -c orrery ${when} ${names.join(" ")}${takes} -d '${fishText(option.description)}'`,
      );
    }
  }
  return ["# Completions of orrery for fish: orrery completion fish | source", ...lines].join("\n");
}
