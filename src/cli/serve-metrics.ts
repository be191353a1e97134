// The port at which a worker says how it is: /metrics for who measures, /healthz for who restarts. Nothing is done here
// for anybody who asks, so it asks for no key; it listens to this host alone unless told otherwise.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, OrreryError } from "../core/errors.ts";
import type { Health } from "../runtimes/nats/health.ts";
import { METRICS_TYPE, metricsText } from "../runtimes/nats/metrics.ts";
import { wholeNumber } from "./request.ts";

export type MetricsOptions = {
  readonly metricsPort?: string;
  readonly metricsHost?: string;
};

const PORT_MAX = 65_535;
const LOOPBACK = "127.0.0.1";
/** Who scrapes wants one socket; beyond so many, others are hung up on. */
const SOCKETS_MAX = 32;
/** A request that is not there whole after so long is hung up on, ms. */
const REQUEST_TIME = 5_000;

/**
 * Serves how a worker is, if a port is given for it; returns where, and how to end it.
 * @throws OrreryError "config/option", "net/listen"
 */
export async function serveMetrics(
  { metricsPort, metricsHost = LOOPBACK }: MetricsOptions,
  health: Health,
): Promise<{ readonly url: string; readonly close: () => void } | undefined> {
  if (metricsPort === undefined) return undefined;
  const port = wholeNumber("--metrics-port", metricsPort, PORT_MAX);
  const limits = { requestTimeout: REQUEST_TIME, headersTimeout: REQUEST_TIME };
  const server = createServer(limits, answers(health));
  server.maxConnections = SOCKETS_MAX;
  try {
    server.listen(port, metricsHost);
    await once(server, "listening");
  } catch (cause) {
    const where = `${metricsHost} port ${port}`;
    throw new OrreryError("net/listen", `${where}: ${messageOf(cause)}`, { cause });
  }
  const { address, family } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://${host}:${port}/metrics`, close };
}

const answers =
  (health: Health): RequestListener =>
  ({ method, url = "" }, response) => {
    const answer = (status: number, text: string, type = "text/plain; charset=utf-8"): void => {
      response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
      response.end(text);
    };
    const [path] = url.split("?");
    if (path !== "/metrics" && path !== "/healthz") answer(404, "not found\n");
    else if (method !== "GET" && method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      answer(405, "only GET\n");
    } else if (path === "/metrics") answer(200, metricsText(health.read()), METRICS_TYPE);
    else if (health.connected) answer(200, "connected to NATS\n");
    else answer(503, "not connected to NATS\n");
  };
