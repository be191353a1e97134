// Spans sent to a collector (OTLP/HTTP), one request after the other.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, OrreryError } from "../../core/errors.ts";

/** Where a collector takes spans, if an address names no path. */
const PATH = "/v1/traces";
/** Answers after which the same request may be sent again: the protocol allows no others. */
const AGAIN = new Set([429, 502, 503, 504]);
const ATTEMPTS_MAX = 6;
/** Before the second attempt; each further wait is twice as long, ms. */
const WAIT_FIRST = 200;
/** However long a collector asks for, ms. */
const WAIT_MAX = 10_000;
/** An answer takes no longer, ms. */
const ANSWER_MAX = 30_000;
/** Of what a collector says, characters. */
const SAID_MAX = 300;

export type Posted = {
  readonly requests: number;
  /** Spans that it took no part of, by its own account, and why. */
  readonly rejected: number;
  readonly says: readonly string[];
};

/** @throws OrreryError "config/option" if that is no address of HTTP */
export function collectorAt(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const like = "http://127.0.0.1:4318";
    throw new OrreryError("config/option", `--post "${text}" is not an address such as ${like}`);
  }
  if (url.pathname === "/") url.pathname = PATH;
  return url;
}

/**
 * Posts each line of a file as a request. One that was not taken stops it: what was posted stays there.
 * @throws OrreryError "net/unreachable", "net/refused"
 */
export async function postSpans(file: string, url: URL): Promise<Posted> {
  let requests = 0;
  let rejected = 0;
  const says = new Set<string>();
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  for await (const line of lines) {
    const part = partialOf(await post(url, line));
    requests++;
    rejected += part.rejected;
    if (part.says !== "") says.add(part.says);
  }
  return { requests, rejected, says: [...says] };
}

/** The answer's body. */
async function post(url: URL, body: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  for (let attempt = 1; ; attempt++) {
    const signal = AbortSignal.timeout(ANSWER_MAX);
    const request = { method: "POST", headers, body, signal, redirect: "error" } as const;
    let status: number;
    let text: string;
    let asked: number;
    try {
      const answer = await fetch(url, request);
      status = answer.status;
      text = (await answer.text()).slice(0, 1_000_000);
      asked = 1_000 * Number(answer.headers.get("retry-after") ?? Number.NaN);
    } catch (cause) {
      const why = messageOf((cause as { readonly cause?: unknown }).cause ?? cause);
      throw new OrreryError("net/unreachable", `${url.href}: ${why}`, { cause });
    }
    if (status >= 200 && status < 300) return text;
    if (!AGAIN.has(status) || attempt === ATTEMPTS_MAX) {
      const times = attempt === 1 ? "" : ` after ${attempt} attempts`;
      const said = `${status}${times}: ${text.slice(0, SAID_MAX)}`;
      throw new OrreryError("net/refused", `${url.href} answered ${said}`);
    }
    const own = WAIT_FIRST * 2 ** (attempt - 1);
    await sleep(Math.min(Number.isFinite(asked) && asked >= 0 ? asked : own, WAIT_MAX));
  }
}

/** What a collector took only a part of; it is not to be sent again. */
function partialOf(text: string): { readonly rejected: number; readonly says: string } {
  try {
    const { partialSuccess = {} } = JSON.parse(text) as {
      readonly partialSuccess?: {
        readonly rejectedSpans?: unknown;
        readonly errorMessage?: unknown;
      };
    };
    const rejected = Number(partialSuccess.rejectedSpans ?? 0);
    const says = String(partialSuccess.errorMessage ?? "").slice(0, SAID_MAX);
    return { rejected: Number.isFinite(rejected) ? rejected : 0, says };
  } catch {
    // A collector that took all need not say so in JSON.
    return { rejected: 0, says: "" };
  }
}
