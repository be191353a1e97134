// A page without a browser, for tests: it watches, asks, acts, and keeps what it is told.
import { once } from "node:events";
import { WebSocket } from "ws";
import type { Json } from "../../src/core/json.ts";
import {
  type Act,
  bytesToRows,
  type Frame,
  type FromPage,
  type FromServer,
  type Look,
  type ShowInfo,
} from "../../src/dashboard/protocol.ts";
import { linesOf } from "../../src/trace/record.ts";

export class Page {
  readonly socket: WebSocket;
  readonly key: string;
  readonly opened: Promise<unknown>;
  shows: readonly ShowInfo[] = [];
  server = "";
  frame: Frame | undefined;
  frames = 0;
  /** Rows of the shown run as text, from that sequence number on; and how often it had been taken back. */
  rows: string[] = [];
  first = 0;
  cuts = 0;
  #shown = "";
  #asked = 0;
  readonly #answers = new Map<number, (answer: FromServer) => void>();
  readonly #waiting = new Set<() => void>();

  /** `address` is the printed one; `origin` that of the site whose page this is. */
  constructor(address: string, origin?: string) {
    const { host, hash } = new URL(address);
    this.key = hash.slice(1);
    this.socket = new WebSocket(`ws://${host}/watch`, { origin: origin ?? `http://${host}` });
    this.opened = once(this.socket, "open");
    this.opened.catch(() => {});
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      for (const ask of this.#answers.keys()) {
        this.#hear({ kind: "refused", ask, code: "closed", says: "the connection was closed" });
      }
    });
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.#take(data);
      else this.#hear(JSON.parse(String(data)) as FromServer);
      for (const look of this.#waiting) look();
    });
  }

  watch(show: string, rows: number | null = 0, cuts?: number): void {
    if (show !== this.#shown) {
      this.rows = [];
      this.first = 0;
      this.frame = undefined;
    }
    this.#shown = show;
    this.say({ kind: "watch", show, rows, ...(cuts === undefined ? {} : { cuts }) });
  }

  say(message: FromPage): void {
    this.socket.send(JSON.stringify(message));
  }

  act(
    act: Act,
    { show = this.#shown, key = this.key }: { show?: string | null; key?: string } = {},
  ) {
    return this.#ask((ask) => ({ kind: "act", ask, show, key, act }));
  }

  async look(process: number): Promise<Look> {
    return (await this.#ask((ask) => ({
      kind: "look",
      ask,
      show: this.#shown,
      process,
    }))) as unknown as Look;
  }

  /** Waits until something has come true of what it was told. */
  until(happened: (page: Page) => boolean, what: string): Promise<void> {
    return new Promise((done, failed) => {
      const end = (cause?: Error): void => {
        clearTimeout(patience);
        this.#waiting.delete(look);
        if (cause === undefined) done();
        else failed(cause);
      };
      const look = (): void => {
        if (happened(this)) end();
      };
      // So long that only a bug reaches it.
      const patience = setTimeout(
        () => end(new Error(`this did not happen: ${what}: ${JSON.stringify(this.frame)}`)),
        40_000,
      );
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    this.socket.terminate();
  }

  #ask(message: (ask: number) => FromPage): Promise<Json> {
    const ask = ++this.#asked;
    return new Promise((done, failed) => {
      this.#answers.set(ask, (answer) => {
        if (answer.kind === "done") done(answer.result);
        else if (answer.kind === "refused") failed(new Error(`${answer.code}: ${answer.says}`));
      });
      this.say(message(ask));
    });
  }

  #hear(message: FromServer): void {
    switch (message.kind) {
      case "hello":
        this.shows = message.shows;
        this.server = message.server;
        break;
      case "frame":
        if (message.show !== this.#shown) return;
        this.frames++;
        this.frame = message;
        this.cuts = message.cuts;
        break;
      case "cut":
        if (message.show !== this.#shown) return;
        this.cuts = message.cuts;
        this.rows.length = Math.min(this.rows.length, Math.max(0, message.at - this.first));
        break;
      default:
        this.#answers.get(message.ask)?.(message);
        this.#answers.delete(message.ask);
    }
  }

  #take(data: Buffer): void {
    const bytes = new Uint8Array(data).buffer;
    const { show, batch } = bytesToRows(bytes);
    if (show !== this.#shown) return;
    // The server keeps no older rows.
    if (batch.first !== this.first + this.rows.length) {
      this.rows = [];
      this.first = batch.first;
    }
    this.rows.push(...linesOf(batch).trim().split("\n"));
  }
}
