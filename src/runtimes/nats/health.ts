// How a worker is, read where it is known: its OS process, its connection, its runs.
import type { NatsConnection } from "@nats-io/transport-node";
import { follow } from "./connect.ts";
import type { NatsHealth, WorkerHealth } from "./metrics.ts";
import type { WorkerHost } from "./worker-host.ts";

export class Health {
  readonly #worker: string;
  readonly #version: string;
  #connection: NatsConnection | undefined;
  #host: WorkerHost | undefined;
  #connected = false;
  #reconnects = 0;

  constructor(worker: string, version: string) {
    this.#worker = worker;
    this.#version = version;
  }

  /** It is connected to NATS, as far as it knows: of a link that was cut it knows after 4 to 6 s. */
  get connected(): boolean {
    return this.#connected;
  }

  /** From now on this is its connection. */
  connects(connection: NatsConnection): void {
    this.#connection = connection;
    this.#connected = true;
    const changed = (connected: boolean): void => {
      this.#connected = connected;
      if (connected) this.#reconnects++;
    };
    void follow(connection, changed).then(() => {
      this.#connected = false;
    });
  }

  /** From now on it offers itself. */
  offers(host: WorkerHost): void {
    this.#host = host;
  }

  read(): WorkerHealth {
    const { user, system } = process.cpuUsage();
    return {
      worker: this.#worker,
      version: this.#version,
      connected: this.#connected,
      uptimeSeconds: process.uptime(),
      cpuMicros: user + system,
      residentBytes: process.memoryUsage.rss(),
      nats: this.#nats(),
      info: this.#host?.info,
      runs: this.#host?.health() ?? [],
    };
  }

  #nats(): NatsHealth | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    const server = connection.getServer();
    return { server, reconnects: this.#reconnects, ...connection.stats() };
  }
}
