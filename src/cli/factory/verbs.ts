// What can be said on the command line of factories, beside running them.
import type { Command } from "commander";
import { FACTORY_EXAMPLES } from "../examples.ts";
import { type End, several, VERBS } from "../verbs.ts";
import type { TraceOptions } from "./books.ts";
import type { GenerateOptions } from "./generate.ts";
import type { MetricsOptions } from "./metrics.ts";
import type { PlanFileOptions } from "./plan.ts";

/** `factory`, and the verbs below it. */
export function addFactory(orrery: Command, end: End): void {
  const factory = orrery
    .command("factory")
    .description(VERBS.factory)
    .addHelpText("after", FACTORY_EXAMPLES);
  addPlan(factory, end);
  factory
    .command("generate")
    .description("writes the factory file of a random plant, as the original drew them")
    .option("--types <number>", "types of items, the first and the last included (default: 5)")
    .option("--per-type <number>", "stages of each type but those two (default: 2)")
    .option("--complexity <how>", "how many types need others: low, medium or high (default)")
    .option("--seed <number>", "draws it (default: 7, the plant of the original's experiments)")
    .option("--out <file>", "a new file, NAME.yaml (default: print it)")
    .addHelpText("after", "\nExample:\n  orrery factory generate --types 20 --out large.yaml")
    .action(async (options: GenerateOptions) => {
      const { generate } = await import("./generate.ts");
      end(generate(options));
    });
  factory
    .command("audit <folder>")
    .description("proves I1 to I9 from the stores of a run, while it runs or afterwards")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", "\nExample:\n  orrery factory audit runs/factory/latest")
    .action(async (folder: string, options: { readonly json?: boolean }) => {
      const { audit } = await import("./books.ts");
      end(audit(folder, options));
    });
  factory
    .command("metrics [folder]")
    .description("measures a run: what it made and how well, and the 42 metrics of the original")
    .option("--out <file>", "write the original's table to a new file, NAME.csv")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText(
      "after",
      "\nExample:\n  orrery factory metrics runs/factory/latest --out table.csv",
    )
    .action(async (folder: string | undefined, options: MetricsOptions) => {
      const { metrics } = await import("./metrics.ts");
      end(await metrics(folder, options));
    });
  factory
    .command("trace <lot>")
    .description("tells where a lot came from and where it went, with quantities")
    .option("--run <folder>", "the run (default: runs/factory/latest)")
    .option("--recall", "list all lots that contain some of it")
    .option("--json", "print one JSON object instead of trees")
    .addHelpText(
      "after",
      "\nExamples:\n  orrery factory trace bench-1/12\n  orrery factory trace spokes-1/7 --recall",
    )
    .action(async (lot: string, options: TraceOptions) => {
      const { trace } = await import("./books.ts");
      end(trace(lot, options));
    });
}

function addPlan(factory: Command, end: End): void {
  factory
    .command("plan <file>")
    .description("says what a factory file can make, what limits it, and what each loss would cost")
    .option(
      "--without <stage>",
      "as if a stage, such as weld-1, or a class were down; may be repeated",
      several,
    )
    .option("--arcs", "print every arc, not only the ways between classes")
    .option("--svg <file>", "draw the flow")
    .option("--out <folder>", "a new folder for the plan, and its picture as SVG and PNG")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText(
      "after",
      "\nExample:\n  orrery factory plan experiments/factory/bicycle.yaml --without weld-1",
    )
    .action(async (file: string, options: PlanFileOptions) => {
      const { planFile } = await import("./plan.ts");
      end(await planFile(file, options));
    });
}
