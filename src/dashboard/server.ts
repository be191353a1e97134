// Serves the page and what it watches, on one loopback port. Whoever reaches the port may watch; to act takes the key
// in the printed address. A page that is slow misses rows and frames, never facts: each frame has all counts, and
// nothing here waits for a page, so no run does.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, Server } from "node:http";
import { extname, join } from "node:path";
import type { Duplex } from "node:stream";
import { serve } from "@hono/node-server";
import { type Context, Hono, type HonoRequest } from "hono";
import { type WebSocket, WebSocketServer } from "ws";
import { messageOf, OrreryError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { Budget } from "./budget.ts";
import { Client, type PageServer } from "./client.ts";
import type { Act, KeptFolder, ShowInfo } from "./protocol.ts";
import type { Show } from "./show.ts";

/** Connections and pages beyond this are turned away. */
const SOCKETS_MAX = 256;
const PAGES_MAX = 24;
/** Shows beyond this: of those that pages opened, one that nobody watches goes. */
const SHOWS_MAX = 32;
/** A page's message is short. */
const MESSAGE_MAX = 16_384;
/** Whoever has not sent his request by then is cut off, and how often that is looked for, ms. */
const REQUEST_TIME = 10_000;
const REQUEST_LOOK = 1_000;
/** What pages may take of each second to see what they ask for, ms: runs go on in this thread. */
const LOOKS = 200;

const TYPES: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** No inline script, nothing from elsewhere, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
/** A report brings its own style and pictures, and may do nothing. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** Folders of runs and experiments, as a server may show them. */
export interface Library {
  /** All there are, the latest first. */
  list(): Promise<readonly KeptFolder[]>;
  /** A file of one of them: undefined unless it is one that is meant to be looked at. */
  file(folder: string, name: string): Promise<Uint8Array | undefined>;
  /** A kept run as a show of that id. @throws OrreryError */
  open(folder: string, id: string): Promise<Show>;
}

export type DashboardOptions = {
  /** 0: any that is free. */
  readonly port: number;
  /** Where the built page is. */
  readonly page: string;
  readonly library: Library;
};

export class Dashboard implements PageServer {
  readonly key = randomBytes(16).toString("hex");
  readonly server = randomBytes(8).toString("hex");
  readonly #options: DashboardOptions;
  readonly #shows = new Map<string, Show>();
  /** Ids of those that pages opened, the oldest first. */
  readonly #guests = new Set<string>();
  /** Kept runs that are shows, by folder. */
  readonly #opened = new Map<string, { readonly id: string; readonly ready: Promise<void> }>();
  readonly #clients = new Set<Client>();
  readonly #looks = new Budget(LOOKS);
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_MAX });
  #server: Server | undefined;
  #port = 0;
  #named = 0;

  constructor(options: DashboardOptions) {
    this.#options = options;
  }

  /** Listens, and returns the address with the key. @throws OrreryError "net/listen" if that cannot be */
  async listen(): Promise<string> {
    const app = this.#app();
    await new Promise<void>((done, failed) => {
      const { port } = this.#options;
      const options = {
        fetch: app.fetch,
        port,
        hostname: "127.0.0.1",
        serverOptions: {
          requestTimeout: REQUEST_TIME,
          headersTimeout: REQUEST_TIME,
          connectionsCheckingInterval: REQUEST_LOOK,
        },
      };
      this.#server = serve(options, (info) => {
        this.#port = info.port;
        done();
      }) as Server;
      this.#server.once("error", (cause) => {
        failed(new OrreryError("net/listen", `port ${port}: ${messageOf(cause)}`, { cause }));
      });
    });
    const server = this.#server!;
    server.maxConnections = SOCKETS_MAX;
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    return `http://127.0.0.1:${this.#port}/#${this.key}`;
  }

  /** An id for another show; its name is for people. */
  newId(name: string): string {
    return `${name}-${++this.#named}`;
  }

  add(show: Show): void {
    this.#shows.set(show.info.id, show);
    for (const client of this.#clients) client.hello();
  }

  /** Adds a show that a page has opened. @throws OrreryError "run/bound" if there are too many already */
  async addGuest(show: Show): Promise<void> {
    if (this.#shows.size >= SHOWS_MAX) {
      const watched = new Set([...this.#clients].map(({ watches }) => watches?.info.id));
      const gone = [...this.#guests].find((id) => !watched.has(id));
      if (gone === undefined) {
        await show.close();
        throw new OrreryError("run/bound", `${SHOWS_MAX} runs are watched: close a page first`);
      }
      await this.#remove(gone);
    }
    this.#guests.add(show.info.id);
    this.add(show);
  }

  get shows(): readonly ShowInfo[] {
    return [...this.#shows.values()].map(({ info }) => info);
  }

  show(id: string): Show {
    const show = this.#shows.get(id);
    if (show !== undefined) return show;
    throw new OrreryError("config/value", `there is no run "${id}" here`);
  }

  isKey(text: string): boolean {
    const [given, own] = [Buffer.from(text), Buffer.from(this.key)];
    return given.length === own.length && timingSafeEqual(given, own);
  }

  look<T>(work: () => T): T {
    return this.#looks.spend(work);
  }

  async act(id: string | null, act: Act): Promise<Json> {
    if (act.do === "open") return await this.#open(act.folder);
    if (id === null) throw new OrreryError("config/value", `of which run is to ${act.do}?`);
    return await this.show(id).act(act);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#sockets.close();
    await Promise.all([...this.#shows.values()].map((show) => show.close()));
    await new Promise<void>((done) => {
      if (this.#server === undefined) done();
      else this.#server.close(() => done());
      this.#server?.closeAllConnections();
    });
  }

  /** A folder is opened once: whoever opens it again is shown the same. */
  async #open(folder: string): Promise<string> {
    const { id, ready } = this.#opened.get(folder) ?? this.#openAnew(folder);
    try {
      await ready;
    } catch (cause) {
      if (this.#opened.get(folder)?.id === id) this.#opened.delete(folder);
      throw cause;
    }
    return id;
  }

  #openAnew(folder: string) {
    const id = this.newId("kept");
    const ready = this.#options.library.open(folder, id).then((show) => this.addGuest(show));
    const opened = { id, ready };
    this.#opened.set(folder, opened);
    return opened;
  }

  async #remove(id: string): Promise<void> {
    const show = this.#shows.get(id);
    this.#shows.delete(id);
    this.#guests.delete(id);
    for (const [folder, opened] of this.#opened) {
      if (opened.id === id) this.#opened.delete(folder);
    }
    await show?.close();
  }

  #app(): Hono {
    const { page, library } = this.#options;
    const files = filesOf(page);
    const app = new Hono();
    app.use(async (context, next) => {
      const refused = this.#refusal(context);
      if (refused === undefined) await next();
      else context.res = refused;
      for (const [name, value] of Object.entries(HEADERS)) {
        // What is served says so itself where its policy is another.
        if (!context.res.headers.has(name)) context.header(name, value);
      }
    });
    app.get("/api/runs", async (context) => context.json(await library.list()));
    app.get("/files/:folder/:name", async (context) => {
      const { folder, name } = context.req.param();
      const bytes = await library.file(folder, name);
      if (bytes === undefined) return context.notFound();
      return context.body(new Uint8Array(bytes), 200, {
        "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
        "Content-Security-Policy": REPORT_POLICY,
      });
    });
    app.get("*", (context) => {
      const file = files.get(context.req.path === "/" ? "/index.html" : context.req.path);
      if (file === undefined) return context.notFound();
      return context.body(new Uint8Array(file.bytes), 200, { "Content-Type": file.type });
    });
    return app;
  }

  /** What is answered to a request that is none of our page's: without reading it to its end. */
  #refusal({ req, text }: Context): Response | undefined {
    const close = { Connection: "close" };
    const host = req.header("host");
    const own = this.#isOwn(host, req.header("origin")) && new URL(req.url).host === host;
    if (!own || isForeign(req)) {
      return text("This address is for its own page alone.", 403, close);
    }
    if (req.method !== "GET") {
      return text("There is nothing to be sent here.", 405, { Allow: "GET", ...close });
    }
    const length = req.header("content-length") ?? "0";
    if (length === "0" && req.header("transfer-encoding") === undefined) return undefined;
    return text("There is nothing to be sent here.", 413, close);
  }

  /** Is the request for this very address, and of no other site's page? Names that lead here may be anybody's. */
  #isOwn(host: string | undefined, origin: string | undefined): boolean {
    const hosts = [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
    if (host === undefined || !hosts.includes(host)) return false;
    return origin === undefined || origin === `http://${host}`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host, origin } = request.headers;
    // Nobody listens for what becomes of it any more.
    socket.on("error", () => {});
    const own = origin !== undefined && this.#isOwn(host, origin) && request.url === "/watch";
    if (!own || this.#clients.size >= PAGES_MAX) {
      socket.end(`HTTP/1.1 ${own ? "503 Service Unavailable" : "403 Forbidden"}\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (page) => this.#welcome(page));
  }

  #welcome(page: WebSocket): void {
    const client = new Client(page, this);
    this.#clients.add(client);
    page.on("close", () => {
      client.close();
      this.#clients.delete(client);
    });
    client.hello();
  }
}

/** A browser says when another site's page makes it ask. To go to the address from elsewhere is what links are for. */
function isForeign(req: HonoRequest): boolean {
  const site = req.header("sec-fetch-site") ?? "none";
  return !["none", "same-origin"].includes(site) && req.header("sec-fetch-mode") !== "navigate";
}

type File = { readonly bytes: Uint8Array; readonly type: string };

/** The page's files are read once: a path is looked up among them, and leads nowhere else. */
function filesOf(folder: string): ReadonlyMap<string, File> {
  const files = new Map<string, File>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length).replaceAll("\\", "/");
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    files.set(name, { bytes: readFileSync(path), type });
  }
  return files;
}
