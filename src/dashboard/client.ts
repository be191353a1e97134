// One page: what it watches, and what it was sent so far.
import type { WebSocket } from "ws";
import { messageOf, OrreryError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { fromPageSchema } from "./from-page.ts";
import {
  type Act,
  type FromPage,
  type FromServer,
  PROTOCOL,
  rowsToBytes,
  type ShowInfo,
} from "./protocol.ts";
import type { Show } from "./show.ts";

/** Who serves the pages. */
export interface PageServer {
  /** Names this start of it. */
  readonly server: string;
  readonly shows: readonly ShowInfo[];
  show(id: string): Show;
  isKey(text: string): boolean;
  /** Does what a page wants to see, unless pages have taken too much time with that. @throws OrreryError */
  look<T>(work: () => T): T;
  act(show: string | null, act: Act): Promise<Json>;
}

/** Frames a second, ms between them; of many processes, fewer. */
const FRAME = 50;
const FRAME_OF_MANY = 150;
const MANY = 300;
/** A page that has so many bytes still to take is sent no more rows and frames. */
const BEHIND_MAX = 2_000_000;
/** One that goes on asking, and takes no answers, is cut off. */
const ANSWERS_MAX = 8_000_000;
/** So many strange messages, and it is no page of ours. */
const STRANGE_MAX = 10;

export class Client {
  readonly #page: WebSocket;
  readonly #server: PageServer;
  readonly #timer: NodeJS.Timeout;
  #show: Show | undefined;
  /** Sequence number of the next row to send; null: it wants none. */
  #next: number | null = null;
  #cuts = 0;
  #strange = 0;
  #last = 0;
  #view: Json = null;
  /** It does not know yet which runs there are. */
  #news = true;

  constructor(page: WebSocket, server: PageServer) {
    this.#page = page;
    this.#server = server;
    page.on("message", (data, isBinary) => this.#heard(isBinary ? "" : String(data)));
    // The socket closes after an error, and that is heard elsewhere.
    page.on("error", () => {});
    this.#timer = setInterval(() => this.#send(), FRAME);
  }

  /** Tells it, as soon as it can take it, which runs there are. */
  hello(): void {
    this.#news = true;
    this.#send();
  }

  /** What it watches. */
  get watches(): Show | undefined {
    return this.#show;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#page.terminate();
  }

  #heard(text: string): void {
    let message: FromPage;
    try {
      message = fromPageSchema.parse(JSON.parse(text));
    } catch {
      if (++this.#strange >= STRANGE_MAX) this.close();
      return;
    }
    switch (message.kind) {
      case "watch":
        this.#watch(message);
        break;
      case "look":
        this.#answer(message.ask, () => {
          const show = this.#server.show(message.show);
          if (message.process < show.info.names.length) {
            return this.#server.look(() => show.look(message.process));
          }
          throw new OrreryError("config/value", `there is no process ${message.process}`);
        });
        break;
      case "lot":
        this.#answer(message.ask, () =>
          this.#server.look(() => this.#server.show(message.show).lot?.(message.lot)),
        );
        break;
      case "act":
        this.#answer(message.ask, async () => {
          if (this.#server.isKey(message.key)) {
            return await this.#server.act(message.show, message.act);
          }
          throw new OrreryError(
            "config/value",
            "this page may only watch: open it by the address that was printed, with its key",
          );
        });
        break;
    }
  }

  #watch({ show, rows, cuts = 0 }: Extract<FromPage, { kind: "watch" }>): void {
    try {
      this.#show = this.#server.show(show);
    } catch {
      this.hello();
      return;
    }
    this.#next = rows;
    // Who has no rows yet has none that are no more.
    this.#cuts = rows === null || rows === 0 ? this.#show.cuts.count : cuts;
    this.#view = null;
    this.#last = 0;
  }

  async #answer(ask: number, work: () => unknown): Promise<void> {
    try {
      const result = ((await work()) ?? null) as Json;
      this.#say({ kind: "done", ask, result });
    } catch (cause) {
      this.#say({ kind: "refused", ask, code: codeOf(cause), says: messageOf(cause) });
    }
  }

  #send(): void {
    if (this.#isBehind()) return;
    if (this.#news) {
      this.#news = false;
      const { server, shows } = this.#server;
      this.#say({ kind: "hello", protocol: PROTOCOL, server, shows });
    }
    const show = this.#show;
    if (show === undefined) return;
    const now = Date.now();
    const pause = show.info.names.length > MANY ? FRAME_OF_MANY : FRAME;
    if (now - this.#last < pause - FRAME / 2) return;
    this.#last = now;
    this.#cut(show);
    if (this.#next !== null) this.#sendRows(show, this.#next);
    const frame = show.frame();
    // What has not changed is not sent again.
    const view = frame.view === this.#view ? null : frame.view;
    this.#view = frame.view;
    this.#say({ ...frame, view });
  }

  /** Says which rows are no more, if it may have some of those. */
  #cut({ info, cuts }: Show): void {
    const { count } = cuts;
    if (this.#cuts === count) return;
    // Of more cuts than there were it cannot know: its rows are of another run.
    const at = this.#cuts > count ? 0 : cuts.since(this.#cuts)!;
    this.#cuts = count;
    this.#say({ kind: "cut", show: info.id, at, cuts: count });
    if (this.#next !== null) this.#next = Math.min(this.#next, at);
  }

  #isBehind(): boolean {
    return this.#page.bufferedAmount > BEHIND_MAX;
  }

  #sendRows(show: Show, from: number): void {
    for (const batch of show.rows.from(from)) {
      // The rest another time, when the page has taken these.
      if (this.#isBehind()) return;
      this.#page.send(rowsToBytes(show.info.id, batch));
      this.#next = batch.first + batch.count;
    }
  }

  #say(message: FromServer): void {
    if (this.#page.bufferedAmount > ANSWERS_MAX) this.close();
    else this.#page.send(JSON.stringify(message));
  }
}

const codeOf = (cause: unknown): string => (cause instanceof OrreryError ? cause.code : "bug");
