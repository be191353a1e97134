// The port at which a worker or a run says how it is: /metrics for who measures, /healthz for who restarts. Nothing is
// done here for anybody who asks, so it asks for no key; it listens to this host alone unless told otherwise.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { METRICS_TYPE } from "../../runtimes/real/open-metrics.ts";
import { portOf } from "../request.ts";

export type MetricsOptions = {
  /** 0: any that is free. */
  readonly metricsPort?: string;
  readonly metricsHost?: string;
};

/** What is said to who asks. */
export type Telling = {
  /** The page of /metrics. */
  readonly metrics: () => string;
  readonly health: () => { readonly well: boolean; readonly says: string };
};

const LOOPBACK = "127.0.0.1";
/** Who scrapes wants one socket; beyond so many, others are hung up on. */
const SOCKETS_MAX = 32;
/** A request that is not there whole after so long is hung up on, ms. */
const REQUEST_TIME = 5_000;

/** The port that is asked for, if one is. @throws OrreryError "config/option" */
export function metricsPortOf({ metricsPort, metricsHost }: MetricsOptions): number | undefined {
  if (metricsPort !== undefined) return portOf("--metrics-port", metricsPort);
  if (metricsHost === undefined) return undefined;
  const says = "--metrics-host says where to listen, and nothing does; give a --metrics-port too";
  throw new OrreryError("config/option", says);
}

/**
 * Serves what is told, if a port is given for it; returns where, and how to end it.
 * @throws OrreryError "config/option", "net/listen"
 */
export async function serveMetrics(
  options: MetricsOptions,
  telling: Telling,
): Promise<{ readonly url: string; readonly close: () => void } | undefined> {
  const port = metricsPortOf(options);
  if (port === undefined) return undefined;
  const { metricsHost = LOOPBACK } = options;
  const limits = { requestTimeout: REQUEST_TIME, headersTimeout: REQUEST_TIME };
  const server = createServer(limits, answers(telling));
  server.maxConnections = SOCKETS_MAX;
  try {
    server.listen(port, metricsHost);
    await once(server, "listening");
  } catch (cause) {
    const where = `--metrics-port: ${metricsHost} port ${port}`;
    throw new OrreryError("net/listen", `${where}: ${messageOf(cause)}`, { cause });
  }
  const { address, family, port: given } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://${host}:${given}/metrics`, close };
}

const answers =
  ({ metrics, health }: Telling): RequestListener =>
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
    } else if (path === "/metrics") answer(200, metrics(), METRICS_TYPE);
    else {
      const { well, says } = health();
      answer(well ? 200 : 503, `${says}\n`);
    }
  };
