// A program as a process of a run. To the driver it is a process like any: what it receives is written to the program,
// and what the program prints is sent at the next moment at which the host looks (the timer `printed`).
//
// What a handler is given here leaves for another OS process, and what comes from there is not drawn from the seed: so it
// is no pure process, and a run of it cannot be executed again.
import { OrreryError } from "../../core/errors.ts";
import { MICROS_MAX, micros } from "../../core/micros.ts";
import type { Context, Process, ProcessId } from "../../core/process.ts";
import { PRINTED } from "../../core/trace-event.ts";
import { NodeChild, type Program } from "./child.ts";
import { lineOf, type Message, readMessage, shown } from "./lines.ts";

type Body = Message["body"];

/** Lines kept for a program that starts anew, and has not said yet that it is there. */
const WAITING_MAX = 100_000;
/** A program must have answered `init` within this, ms. */
const PATIENCE = 10_000;

export type HostedOptions = {
  readonly name: string;
  /** Those of all nodes. */
  readonly nodes: readonly string[];
  readonly program: Program;
  /** Requests that it must answer, after `init` and before all others. */
  readonly prelude: readonly Body[];
  /** Who says these, and `init`; nobody else has this name. */
  readonly opener: string;
};

/** What the host is told. */
export type HostedTold = {
  /** It has printed something. */
  readonly printed: () => void;
  readonly failed: (failure: OrreryError) => void;
};

export class HostedNode {
  readonly name: string;
  readonly process: Process<null, Body>;
  readonly #options: HostedOptions;
  #told: HostedTold = { printed: () => {}, failed: () => {} };
  #names: readonly string[] = [];
  #child: NodeChild | undefined;
  /** Openings that it has still to answer, by their numbers; none: it is there. */
  #opening = 0;
  #patience: NodeJS.Timeout | undefined;
  /** Lines for it until it is there. */
  #waiting: string[] = [];
  #printed: { readonly to: ProcessId; readonly body: Body }[] = [];
  #ready: () => void = () => {};
  /** Resolves when all that were killed are gone. */
  #gone: Promise<unknown> = Promise.resolve();

  constructor(options: HostedOptions) {
    this.name = options.name;
    this.#options = options;
    this.process = {
      start: (_stored, context) => {
        if (context.incarnation > 1) this.#start();
        return this.#listen(context);
      },
      receive: (state, from, body) => {
        this.#write({ src: this.#names[from]!, dest: this.name, body });
        return state;
      },
      timeout: (_state, _timer, context) => {
        for (const { to, body } of this.#printed.splice(0)) context.send(to, body);
        return this.#listen(context);
      },
    };
  }

  /** Starts the program; resolves when it is there. `names`: those of all processes of the run, by id. */
  async open(names: readonly string[], told: HostedTold): Promise<void> {
    this.#names = names;
    this.#told = told;
    await new Promise<void>((resolve) => {
      this.#ready = resolve;
      this.#start();
    });
  }

  /** Has it printed something that was not sent yet? */
  get hasPrinted(): boolean {
    return this.#printed.length > 0;
  }

  /** Makes the program be as its process is. */
  follow(standing: "up" | "down" | "paused"): void {
    if (standing === "down") this.#kill();
    else this.#pause(standing === "paused");
  }

  /** Ends it; resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#kill();
    await this.#gone;
  }

  /** Who is stopped cannot answer, and is not expected to. */
  #pause(stopped: boolean): void {
    if (this.#child === undefined || stopped === this.#child.stopped) return;
    this.#child.pause(stopped);
    if (stopped) clearTimeout(this.#patience);
    else if (this.#opening > 0) this.#expect();
  }

  #listen(context: Context<Body>): null {
    context.setTimer(PRINTED, micros(MICROS_MAX));
    return null;
  }

  #kill(): void {
    clearTimeout(this.#patience);
    this.#printed = [];
    this.#waiting = [];
    if (this.#child === undefined) return;
    this.#child.kill();
    this.#gone = Promise.all([this.#gone, this.#child.gone]);
    this.#child = undefined;
  }

  #start(): void {
    this.#kill();
    const { program, nodes, prelude } = this.#options;
    this.#child = new NodeChild(program, {
      line: (line) => this.#take(line),
      failed: (code, reason) => this.#fail(code, reason),
    });
    const init = { type: "init", node_id: this.name, node_ids: nodes };
    this.#opening = 1 + prelude.length;
    this.#open({ ...init, msg_id: 1 });
    this.#expect();
  }

  #expect(): void {
    const { prelude } = this.#options;
    this.#patience = setTimeout(() => {
      const what = this.#opening > prelude.length ? "init" : String(prelude[0]?.type);
      this.#fail("maelstrom/ended", `it did not answer ${what} within ${PATIENCE / 1e3} s`);
    }, PATIENCE);
  }

  #open(body: Body): void {
    this.#child?.write(lineOf({ src: this.#options.opener, dest: this.name, body }));
  }

  #write(message: Message): void {
    const line = lineOf(message);
    if (this.#opening === 0) this.#child?.write(line);
    else if (this.#waiting.push(line) > WAITING_MAX) {
      this.#fail("maelstrom/ended", `${WAITING_MAX} messages wait for its answer to init`);
    }
  }

  #take(line: string): void {
    const { src, dest, body } = readMessage(line);
    if (src !== this.name) throw new Error(`its src is not "${this.name}": ${shown(line)}`);
    if (dest === this.#options.opener) {
      this.#answered(body, line);
      return;
    }
    const to = this.#names.indexOf(dest);
    if (to < 0) throw new Error(`its dest is nobody here: ${shown(line)}`);
    this.#printed.push({ to: to as ProcessId, body });
    this.#told.printed();
  }

  /** An opening was answered: the next one follows, or all that has waited. */
  #answered(body: Body, line: string): void {
    const { prelude } = this.#options;
    const number = 1 + prelude.length - this.#opening + 1;
    if (this.#opening === 0 || body.in_reply_to !== number) return;
    if (number === 1 && body.type !== "init_ok") {
      throw new Error(`it answers init, and is not init_ok: ${shown(line)}`);
    }
    this.#opening--;
    const next = prelude[number - 1];
    if (next !== undefined) {
      this.#open({ ...next, msg_id: number + 1 });
      return;
    }
    clearTimeout(this.#patience);
    for (const waiting of this.#waiting.splice(0)) this.#child?.write(waiting);
    this.#ready();
  }

  #fail(code: "maelstrom/line" | "maelstrom/ended", reason: string): void {
    const when = this.#opening > 0 ? " before it was ready" : "";
    const what = code === "maelstrom/line" ? " printed a line that is no message" : " failed";
    this.#told.failed(new OrreryError(code, `${this.name}${what}${when}: ${reason}`));
  }
}
