// A run on real processes, seen as it happens: a line for each machine, and faults typed at it.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import cliProgress from "cli-progress";
import { messageOf } from "../../core/errors.ts";
import { FAULT_EXAMPLES } from "../../core/fault-examples.ts";
import { parseFault } from "../../core/fault-notation.ts";
import type { ProcessView } from "../../runtimes/real/ledger.ts";
import type { RealRun } from "../../runtimes/real/supervisor.ts";
import { isTerminal } from "../terminal.ts";

/** Lines that are not machines': the time, what is typed, and where the cursor rests. */
const OTHER_LINES = 4;
/** Rows and columns of a terminal that does not say. */
const ROWS = 24;
const COLUMNS = 80;
/** How often the lines are renewed, ms: on a terminal, and elsewhere. */
const RENEW = 250;
const RENEW_PLAIN = 5_000;
/** Machines that a line without a terminal can name. */
const BRIEF_MAX = 10;

type Listening = { readonly end: () => void };

/** Shows a run on standard error until `end`. */
export class LiveView {
  readonly #run: RealRun;
  readonly #terminal = isTerminal(process.stderr);
  readonly #bars: cliProgress.MultiBar;
  readonly #lines: cliProgress.SingleBar[];
  readonly #timer: NodeJS.Timeout;
  /** How long the run is to go on, in words. */
  readonly #ending: string;
  #narrower = false;
  /** What is being typed; undefined where nobody can. */
  #typed: (() => string) | undefined;

  constructor(run: RealRun, ending: string) {
    this.#run = run;
    this.#ending = ending;
    this.#bars = new cliProgress.MultiBar(
      {
        format: "{line}",
        stream: process.stderr,
        hideCursor: true,
        clearOnComplete: true,
        autopadding: false,
      },
      cliProgress.Presets.rect,
    );
    const shown = this.#terminal ? this.#shown().length + 2 : 0;
    this.#lines = Array.from({ length: shown }, () => this.#bars.create(1, 0, { line: "" }));
    this.#renew();
    this.#timer = setInterval(() => this.#renew(), this.#terminal ? RENEW : RENEW_PLAIN);
  }

  /** Says something above the lines. */
  log(line: string): void {
    if (!this.#terminal) {
      process.stderr.write(`  ${line}\n`);
      return;
    }
    this.#bars.log(`${fitted(line)}\n`);
    // Lines that did not change are not drawn again where they now stand, unless they differ a little.
    this.#narrower = !this.#narrower;
    this.#renew();
  }

  /** Strikes the run with the faults that are typed, which show below the machines as one types. */
  listen(): Listening {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    this.#typed = () => lines.line;
    const renew = (): void => this.#renew();
    process.stdin.on("keypress", renew);
    lines.on("line", (line) => {
      for (const said of strike(this.#run, line)) this.log(said);
    });
    // The terminal no longer makes a signal of Ctrl-C: it is only a key.
    lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    return {
      end: () => {
        process.stdin.off("keypress", renew);
        this.#typed = undefined;
        lines.close();
      },
    };
  }

  end(): void {
    clearInterval(this.#timer);
    this.#bars.stop();
  }

  #shown(): readonly ProcessView[] {
    const rows = process.stderr.rows || ROWS;
    const most = this.#terminal ? Math.max(1, rows - OTHER_LINES) : BRIEF_MAX;
    return this.#run.views().slice(0, most);
  }

  #renew(): void {
    const seconds = (this.#run.now / 1e6).toFixed(1);
    const views = this.#shown();
    const more = this.#run.names.length - views.length;
    const rest = more > 0 ? `, ${more} more` : "";
    if (!this.#terminal) {
      const brief = views.map(
        ({ name, lamport, waiting }) => `${name} L=${lamport} inbox ${waiting}`,
      );
      if (this.#run.now > 0) process.stderr.write(`  ${seconds} s  ${brief.join(", ")}${rest}\n`);
      return;
    }
    const typed = this.#typed?.();
    const prompt = typed === undefined ? "" : `> ${typed === "" ? PROMPT : typed}`;
    const lines = [`${seconds} s${this.#ending}${rest}`, ...views.map(lineOf), prompt];
    for (const [index, line] of lines.entries()) {
      this.#lines[index]?.update(0, { line: fitted(line, this.#narrower) });
    }
    this.#bars.update();
  }
}

const PROMPT = "type a fault, such as: crash machine_2 0s..3s";

/** As wide as the terminal: what stood there before is overwritten. */
function fitted(line: string, narrower = false): string {
  const width = (process.stderr.columns || COLUMNS) - (narrower ? 2 : 1);
  return `  ${line}`.slice(0, width).padEnd(width);
}

function lineOf(view: ProcessView): string {
  const { name, ratePerSecond, lamport, waiting, events, state, incarnation } = view;
  const rate = ratePerSecond > 0 ? `${ratePerSecond}/s` : "-";
  const said = state === "up" || incarnation === 0 ? "" : `  ${state}`;
  const clock = `L ${String(lamport).padStart(7)}`;
  const inbox = `inbox ${String(waiting).padStart(5)}`;
  return `${name.padEnd(14)} ${rate.padStart(7)}   ${clock}   ${inbox}   ${String(events).padStart(8)} events${said}`;
}

/** Strikes a run with the faults that come as lines of standard input, until `end`. */
export function listenForFaults(run: RealRun, log: (line: string) => void): Listening {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    for (const said of strike(run, line)) log(said);
  });
  return { end: () => lines.close() };
}

/** Does what a line says, times counted from now; returns what to say of it. */
function strike(run: RealRun, line: string): readonly string[] {
  const text = line.trim();
  if (text === "") return [];
  if (text === "pids") return [[...run.pids].map(([name, pid]) => `${name} ${pid}`).join(", ")];
  try {
    run.inject(parseFault(text));
    return [`injected: ${text}`];
  } catch (cause) {
    const examples = FAULT_EXAMPLES.map((example) => `    ${example}`);
    return [messageOf(cause), "times count from now; such as:", ...examples];
  }
}
