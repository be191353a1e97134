// A WebSocket to the server and the run that is watched over it, as signals. The page has one, and another for a run
// that is shown beside the first.
import { batch, computed, signal } from "@preact/signals";
import type { TraceBatch } from "../../../core/batch.ts";
import type { Json } from "../../../core/json.ts";
import {
  type Act,
  bytesToRows,
  type Frame,
  type FromPage,
  type FromServer,
  type Look,
  PROTOCOL,
  type ShowInfo,
} from "../../protocol.ts";
import { Activity } from "./activity.ts";
import { History } from "./history.ts";
import { Incidents } from "./incidents.ts";
import { PlayClock } from "./play-clock.ts";
import { RowBook } from "./row-book.ts";
import { Ticks } from "./ticks.ts";
import { Traffic } from "./traffic.ts";

/** Reconnecting: after so many ms, then twice as long each time, up to the last. */
const AGAIN = 300;
const AGAIN_MAX = 5_000;
/** Rows that wait to be written into the book. */
const LATER_MAX = 200_000;

type Asked = { readonly done: (result: Json) => void; readonly failed: (cause: Error) => void };

export class Connection {
  readonly connected = signal(false);
  readonly shows = signal<readonly ShowInfo[]>([]);
  readonly shownId = signal<string | null>(null);
  readonly frame = signal<Frame | null>(null);
  readonly viewState = signal<Json>(null);
  /** Rises with each change of the rows in `book`. */
  readonly rowsVersion = signal(0);
  /** Rises with each change of `incidents`. */
  readonly incidentsVersion = signal(0);
  readonly show = computed(
    () => this.shows.value.find(({ id }) => id === this.shownId.value) ?? null,
  );
  /** What was gathered of the shown run; others with each run that is shown. */
  history = new History(0);
  incidents = new Incidents();
  activity = new Activity();
  traffic = new Traffic(0);
  ticks = new Ticks(0);
  clock = new PlayClock();
  readonly #changed: () => void;
  #socket: WebSocket | undefined;
  #pause = AGAIN;
  #closed = false;
  #lastAsk = 0;
  readonly #asked = new Map<number, Asked>();
  /** Writing rows into the book is work, and only some views read it. */
  #book: RowBook | undefined;
  #bookWanted = false;
  #later: TraceBatch[] = [];
  #end = 0;
  /** Which start of the server this is, and how often the shown run had been taken back. */
  #server = "";
  #cuts = 0;
  /** This connection was told what is shown. */
  #told = false;

  /** `first`: the run to watch; null: the first that there is. `changed` is told that another is shown. */
  constructor(first: string | null = null, changed: () => void = () => {}) {
    this.shownId.value = first;
    this.#changed = changed;
  }

  /** The rows of the shown run: as far as they came, or, while nobody wants them, as far as somebody did. */
  get book(): RowBook {
    this.#book ??= new RowBook();
    return this.#book;
  }

  /** Connects, and goes on connecting. */
  open(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/watch`);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#pause = AGAIN;
      this.connected.value = true;
      this.#told = false;
    };
    socket.onclose = () => this.#lost();
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#heard(JSON.parse(data) as FromServer);
      else this.#takeRows(data as ArrayBuffer);
    };
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  /** Shows another run from its beginning, as far as its rows are kept. */
  watch(id: string): void {
    const processes = this.shows.peek().find((info) => info.id === id)?.names.length ?? 0;
    this.#book = undefined;
    this.history = new History(processes);
    this.incidents = new Incidents();
    this.activity = new Activity();
    this.traffic = new Traffic(processes);
    this.ticks = new Ticks(processes);
    this.clock = new PlayClock();
    this.#later = [];
    this.#end = 0;
    this.#cuts = 0;
    this.#told = true;
    this.#changed();
    batch(() => {
      this.shownId.value = id;
      this.frame.value = null;
      this.viewState.value = null;
      this.rowsVersion.value++;
      this.incidentsVersion.value++;
    });
    this.#say({ kind: "watch", show: id, rows: 0 });
  }

  /** Keeps the book up to date from now on, or lets rows wait. */
  wantBook(wanted: boolean): void {
    this.#bookWanted = wanted;
    if (wanted) this.#writeBook();
  }

  /** @throws Error with what the server says if it refuses */
  act(what: Act, show: string | null, key: string): Promise<Json> {
    return this.#ask((ask) => ({ kind: "act", ask, show, key, act: what }));
  }

  async lookAt(process: number): Promise<Look> {
    const show = this.shownId.peek()!;
    return (await this.#ask((ask) => ({ kind: "look", ask, show, process }))) as unknown as Look;
  }

  lotOf(lot: string): Promise<Json> {
    const show = this.shownId.peek()!;
    return this.#ask((ask) => ({ kind: "lot", ask, show, lot }));
  }

  #ask(message: (ask: number) => FromPage): Promise<Json> {
    const ask = ++this.#lastAsk;
    return new Promise((done, failed) => {
      if (!this.connected.peek()) {
        failed(new Error("There is no connection."));
        return;
      }
      this.#asked.set(ask, { done, failed });
      this.#say(message(ask));
    });
  }

  #say(message: FromPage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #lost(): void {
    this.connected.value = false;
    for (const { failed } of this.#asked.values()) failed(new Error("The connection is gone."));
    this.#asked.clear();
    if (this.#closed) return;
    setTimeout(() => this.open(), this.#pause);
    this.#pause = Math.min(2 * this.#pause, AGAIN_MAX);
  }

  #heard(message: FromServer): void {
    switch (message.kind) {
      case "hello":
        if (message.protocol !== PROTOCOL) location.reload();
        this.#meet(message.shows, message.server);
        break;
      case "frame":
        if (message.show === this.shownId.peek()) this.#see(message);
        break;
      case "cut":
        if (message.show === this.shownId.peek()) this.#cut(message.at, message.cuts);
        break;
      case "done":
        this.#asked.get(message.ask)?.done(message.result);
        this.#asked.delete(message.ask);
        break;
      case "refused":
        this.#asked.get(message.ask)?.failed(new Error(message.says));
        this.#asked.delete(message.ask);
        break;
    }
  }

  /** The server is there, again or for the first time: go on with what was shown, from the row after the last. */
  #meet(known: readonly ShowInfo[], server: string): void {
    const before = this.shownId.peek();
    const same = known.some(({ id }) => id === before);
    const again = same && server === this.#server;
    this.#server = server;
    this.shows.value = known;
    if (again) {
      // If it was told, another run is there, and no more.
      if (!this.#told) {
        this.#say({ kind: "watch", show: before!, rows: this.#end, cuts: this.#cuts });
      }
      this.#told = true;
    } else if (same) this.watch(before!);
    else if (known[0] !== undefined) this.watch(known[0].id);
    else [this.shownId.value, this.frame.value] = [null, null];
  }

  #see(frame: Frame): void {
    this.#cuts = frame.cuts;
    this.history.see(frame);
    this.incidents.cut(frame.rows);
    this.activity.see(frame);
    this.clock.see(frame, performance.now());
    batch(() => {
      this.frame.value = frame;
      if (frame.view !== null) this.viewState.value = frame.view;
      this.incidentsVersion.value = this.incidents.version;
    });
  }

  #takeRows(bytes: ArrayBuffer): void {
    const { show, batch: rows } = bytesToRows(bytes);
    if (show !== this.shownId.peek()) return;
    this.history.take(rows);
    this.incidents.take(rows);
    this.traffic.take(rows);
    this.ticks.take(rows);
    this.#end = rows.first + rows.count;
    this.#later.push(rows);
    if (this.#bookWanted) this.#writeBook();
    else this.#forgetSome();
  }

  #cut(at: number, cuts: number): void {
    this.#cuts = cuts;
    this.#end = Math.min(this.#end, at);
    if (at <= (this.#later[0]?.first ?? at)) this.#later = [];
    else this.#writeBook();
    this.#book?.cut(at);
    this.rowsVersion.value++;
  }

  #writeBook(): void {
    for (const rows of this.#later) this.book.add(rows);
    this.#later = [];
    // Not read, only changed: whoever asks for rows in an effect does not want to run again for them.
    this.rowsVersion.value = this.rowsVersion.peek() + 1;
  }

  #forgetSome(): void {
    while (this.#end - this.#later[0]!.first > 2 * LATER_MAX) this.#later.shift();
  }
}
