// Catches a handler that touches the real world. A process learns of time and chance from its context
// alone; one that reads the clock or rolls dice of its own cannot be repeated. Guarded systems are a
// little slower: for tests, `check` and `twice`.
import { OrreryError } from "../core/errors.ts";
import type { AnyProcess } from "../core/process.ts";
import { type AnySystem, wrapped } from "../core/system.ts";

/** What is guarded, where it is found, and what to use instead. */
const GUARDED = [
  { of: "Date", names: ["now"], instead: "context.now" },
  { of: "performance", names: ["now"], instead: "context.now" },
  { of: "process", names: ["hrtime", "nextTick", "uptime"], instead: "context.now or a timer" },
  { of: "process.hrtime", names: ["bigint"], instead: "context.now" },
  { of: "Math", names: ["random"], instead: "context.random()" },
  { of: "crypto", names: ["randomUUID", "getRandomValues"], instead: "context.random()" },
  {
    of: "",
    names: ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
    instead: "context.setTimer",
  },
  { of: "", names: ["fetch"], instead: "a message" },
] as const;

type Callable = (...given: unknown[]) => unknown;
type Place = { [name: string]: Callable };

/**
 * Whose calls are let through: a solver stamps the files that it keeps in its own memory with the time, and
 * nothing that it computes depends on that.
 */
const LET_THROUGH = /[/\\]node_modules[/\\]highs[/\\]/;

/** Frames of a stack that are shown. */
const FRAMES_MAX = 4;

/** The handler under way in this thread, and what it was caught at. */
const step: { handler: string | undefined; caught: OrreryError | undefined } = {
  handler: undefined,
  caught: undefined,
};
let installed = false;

/**
 * The same system, whose handlers are caught when they read the real clock, roll other dice than the
 * context's, or set real timers. Replaces those functions of this thread by ones that look whether a
 * handler is under way; for all other code they do what they did.
 */
export function guarded(system: AnySystem): AnySystem {
  install();
  return wrapped(system, guardedProcess);
}

function guardedProcess(process: AnyProcess): AnyProcess {
  return {
    start: (stored, context) => watched("start", () => process.start(stored, context)),
    receive: (state, from, message, context) =>
      watched("receive", () => process.receive(state, from, message, context)),
    timeout: (state, timer, context) =>
      watched("timeout", () => process.timeout(state, timer, context)),
    ...(process.idle === undefined
      ? {}
      : {
          idle: (state: unknown, context: Parameters<AnyProcess["timeout"]>[2]) =>
            watched("idle", () => process.idle!(state, context)),
        }),
  };
}

/** Runs a handler; what it was caught at is thrown even if it swallowed that. */
function watched<T>(handler: string, run: () => T): T {
  step.handler = handler;
  try {
    return run();
  } finally {
    step.handler = undefined;
    const { caught } = step;
    step.caught = undefined;
    // biome-ignore lint/correctness/noUnsafeFinally: it replaces whatever the handler made of it
    if (caught !== undefined) throw caught;
  }
}

function install(): void {
  if (installed) return;
  installed = true;
  const everything = globalThis as unknown as { [name: string]: unknown };
  for (const { of, names, instead } of GUARDED) {
    const place = of
      .split(".")
      .reduce<unknown>(
        (at, name) => (name === "" ? at : (at as typeof everything | undefined)?.[name]),
        everything,
      ) as Place | undefined;
    if (place === undefined) continue;
    for (const name of names) {
      const said = of === "" ? name : `${of}.${name}`;
      const apply = (real: Callable, self: unknown, given: unknown[]): unknown => {
        look(`${said}()`, instead);
        return Reflect.apply(real, self, given);
      };
      replace(place, name, new Proxy(place[name]!, { apply }));
    }
  }
  replace(
    everything as Place,
    "Date",
    new Proxy(Date, {
      construct(target, given, of) {
        if (given.length === 0) look("new Date()", "context.now");
        return Reflect.construct(target, given, of);
      },
      apply(target, self, given) {
        look("Date()", "context.now");
        return Reflect.apply(target as unknown as Callable, self, given);
      },
    }) as unknown as Callable,
  );
}

function replace(place: Place, name: string, by: Callable): void {
  const was = Object.getOwnPropertyDescriptor(place, name);
  const enumerable = was?.enumerable ?? false;
  Object.defineProperty(place, name, { value: by, writable: true, configurable: true, enumerable });
}

/** Is a handler under way? Then it must not do this. */
function look(call: string, instead: string): void {
  if (step.handler === undefined) return;
  const frames = (new Error().stack ?? "")
    .split("\n")
    .slice(3)
    .map((line) => line.trim().replace("file://", ""))
    .filter((line) => !/node:|[/\\]runtimes[/\\]guard\./.test(line))
    .slice(0, FRAMES_MAX);
  if (LET_THROUGH.test(frames[0] ?? "")) return;
  step.caught = new OrreryError(
    "process/impure",
    `its ${step.handler} handler called ${call}; use ${instead}\n    ${frames.join("\n    ")}`,
  );
  throw step.caught;
}
