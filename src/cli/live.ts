// A run on real processes, seen as it happens: a line for each machine, and lines typed at it.
import { createInterface } from "node:readline";
import cliProgress from "cli-progress";
import { messageOf } from "../core/errors.ts";
import { FAULT_EXAMPLES, parseFault } from "../core/notation.ts";
import type { ProcessView } from "../runtimes/tcp/ledger.ts";
import type { TcpRun } from "../runtimes/tcp/supervisor.ts";

/** Machines that have a line; more would not fit a terminal. */
const LINES_MAX = 20;
/** How often the lines are renewed, ms: on a terminal, and elsewhere. */
const RENEW = 250;
const RENEW_PLAIN = 5_000;

/** Shows a run on standard error until `end`. */
export class LiveView {
  readonly #run: TcpRun;
  readonly #terminal = process.stderr.isTTY === true;
  readonly #bars: cliProgress.MultiBar;
  readonly #lines: cliProgress.SingleBar[];
  readonly #timer: NodeJS.Timeout;
  /** How long the run is to go on, in words. */
  readonly #ending: string;

  constructor(run: TcpRun, ending: string) {
    this.#run = run;
    this.#ending = ending;
    this.#bars = new cliProgress.MultiBar(
      {
        format: "{line}",
        stream: process.stderr,
        hideCursor: true,
        clearOnComplete: true,
        autopadding: false,
        linewrap: false,
      },
      cliProgress.Presets.rect,
    );
    const shown = this.#terminal ? this.#shown().length + 1 : 0;
    this.#lines = Array.from({ length: shown }, () => this.#bars.create(1, 0, { line: "" }));
    this.#renew();
    this.#timer = setInterval(() => this.#renew(), this.#terminal ? RENEW : RENEW_PLAIN);
  }

  /** Says something above the lines. */
  log(line: string): void {
    if (this.#terminal) this.#bars.log(`  ${line}\n`);
    else process.stderr.write(`  ${line}\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#bars.stop();
  }

  #shown(): readonly ProcessView[] {
    return this.#run.views().slice(0, LINES_MAX);
  }

  #renew(): void {
    const seconds = (this.#run.now / 1e6).toFixed(1);
    const views = this.#shown();
    const more = this.#run.names.length - views.length;
    const rest = more > 0 ? `, ${more} more` : "";
    const lines = [`${seconds} s${this.#ending}${rest}`, ...views.map(lineOf)];
    if (!this.#terminal) {
      const brief = views.map(
        ({ name, lamport, waiting }) => `${name} L=${lamport} inbox ${waiting}`,
      );
      if (this.#run.now > 0) process.stderr.write(`  ${seconds} s  ${brief.join(", ")}${rest}\n`);
      return;
    }
    for (const [index, line] of lines.entries()) {
      this.#lines[index]?.update(0, { line: `  ${line}` });
    }
  }
}

function lineOf(view: ProcessView): string {
  const { name, ratePerSecond, lamport, waiting, events, state } = view;
  const rate = ratePerSecond > 0 ? `${ratePerSecond}/s` : "-";
  const said = state === "up" ? "" : `  ${state}`;
  return `${name.padEnd(14)} ${rate.padStart(7)}   L ${String(lamport).padStart(7)}   inbox ${String(waiting).padStart(5)}   ${String(events).padStart(8)} events${said}`;
}

/**
 * Strikes a run with the faults that are typed at it, their times counted from now; until `end`.
 * `pids` shows which OS process is which.
 */
export function listenForFaults(
  run: TcpRun,
  log: (line: string) => void,
): { readonly end: () => void } {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const text = line.trim();
    if (text === "") return;
    if (text === "pids") {
      log([...run.pids].map(([name, pid]) => `${name} ${pid}`).join(", "));
      return;
    }
    try {
      run.inject(parseFault(text));
      log(`injected: ${text}`);
    } catch (cause) {
      log(`${messageOf(cause)}. Such as: ${FAULT_EXAMPLES.join("; ")}; times count from now`);
    }
  });
  return { end: () => lines.close() };
}
