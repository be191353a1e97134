// What can be said around runs: to begin a system, to make room, to have a shell help.
import type { Command } from "commander";
import type { CleanOptions } from "./clean.ts";
import { type End, VERBS } from "./verbs.ts";

/** `new`, `clean` and `completion`. */
export function addManners(orrery: Command, end: End): void {
  orrery
    .command("new <name>")
    .description(VERBS.new)
    .addHelpText("after", "\nExample:\n  orrery new my-ring")
    .action(async (name: string) => {
      const { newSystem } = await import("./new.ts");
      end(newSystem(name));
    });
  orrery
    .command("clean")
    .description(VERBS.clean)
    .option("--keep <number>", "the last runs of each system that stay", "10")
    .option("--yes", "remove without asking: needed where there is no terminal")
    .option("--dry-run", "only say what would be removed")
    .addHelpText("after", "\nExamples:\n  orrery clean --dry-run\n  orrery clean --keep 3 --yes")
    .action(async (options: CleanOptions) => {
      const { clean } = await import("./clean.ts");
      end(await clean(options));
    });
  orrery
    .command("completion <shell>")
    .description(VERBS.completion)
    .addHelpText(
      "after",
      `
Examples, for a shell's start-up file:
  bash   source <(orrery completion bash)
  zsh    source <(orrery completion zsh)
  fish   orrery completion fish | source`,
    )
    .action(async (shell: string) => {
      const { completion } = await import("./completion.ts");
      end(completion(shell, orrery));
    });
}
