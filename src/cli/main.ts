#!/usr/bin/env node
// The entry point: calls the verb, exits with its status.
import { CommanderError } from "commander";
import { EXIT } from "../core/errors.ts";
import { program } from "./program.ts";
import { Stopped, stopped } from "./stopped.ts";
import { isUnicode, speakAscii } from "./terminal.ts";

let status: number = EXIT.held;
if (!isUnicode()) speakAscii(process.stdout, process.stderr);
// Whoever reads our output may have seen enough: `orrery list | head -1`.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  if (cause.code !== "EPIPE") throw cause;
  process.exit(EXIT.held);
});
try {
  await program((ended) => {
    status = ended;
  }).parseAsync();
} catch (cause) {
  if (cause instanceof CommanderError) status = cause.exitCode === 0 ? EXIT.held : EXIT.request;
  else if (cause instanceof Stopped) status = stopped();
  else status = (await import("./print.ts")).complain(cause);
}
process.exitCode = status;
