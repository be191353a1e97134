// What can go wrong, in one table. A caller's fault or the world's is an OrreryError; what only a
// bug can cause is an `assert`.

/** Exit statuses of the command line. */
export const EXIT = {
  held: 0,
  failed: 1,
  unknown: 2,
  request: 64,
  world: 69,
  bug: 70,
  stopped: 130,
};

/** What each exit status says, of every verb. */
export const EXIT_SAYS: { readonly [status in keyof typeof EXIT]: string } = {
  held: "done, and all checks that were made held",
  failed: "a check failed, or what was compared is not the same",
  unknown: "undecided: a check is unknown, a case never occurred, or there were too few runs",
  request: "the request was wrong: nothing was run",
  world: "the world failed: a port, a file, the disk, a server, a program of others",
  bug: "a bug, in a process of the system or in Orrery",
  stopped: "stopped by Ctrl-C, SIGTERM or SIGHUP before its end; a second one ends it at once",
};

/** Every code, with the exit status it leads to and what its reader can do about it. */
export const ERRORS = {
  "config/time": { exit: EXIT.request, hint: "Write a number and a unit: 500ms, 60s, 5min, 2h." },
  "config/unknown-system": { exit: EXIT.request, hint: "`orrery list` shows the systems." },
  "config/unknown-parameter": { exit: EXIT.request, hint: "`orrery list` shows the parameters." },
  "config/value": { exit: EXIT.request, hint: "Change the value named above." },
  "config/option": { exit: EXIT.request, hint: "`orrery <verb> --help` shows what can be said." },
  "config/fault": {
    exit: EXIT.request,
    hint: 'Such as "crash machine_2 10s..20s", "partition machine_1|* 10s..20s", "loss a>b 1s..2s 0.5".',
  },
  "config/experiment": {
    exit: EXIT.request,
    hint: "docs/guides/experiments.md shows what a file may say; editors check it by schemas/experiment.json.",
  },
  "config/factory": {
    exit: EXIT.request,
    hint: "docs/guides/factory.md shows a factory file; editors check it by schemas/factory.json.",
  },
  "config/machines": {
    exit: EXIT.request,
    hint: "docs/guides/machines.md shows a configuration; editors check it by schemas/machines.json.",
  },
  "config/system-file": {
    exit: EXIT.request,
    hint: "A system file is a TypeScript or JavaScript module whose default export has name, parse and processes, and may have checks (docs/guides/hunting.md).",
  },
  "process/threw": { exit: EXIT.bug, hint: "The process has a bug; the cause is above." },
  "process/impure": {
    exit: EXIT.bug,
    hint: "A process learns of time and chance from its context alone; then it can be repeated.",
  },
  "process/effect": {
    exit: EXIT.bug,
    hint: "The process asked for something impossible; mend it.",
  },
  "run/bound": { exit: EXIT.world, hint: "Shorten the run, or make it smaller." },
  "trace/unreadable": {
    exit: EXIT.world,
    hint: "The file is cut off or not a trace. Run again with the line in the folder's run.json.",
  },
  "trace/orphan-receive": {
    exit: EXIT.world,
    hint: "A receive has no send: the trace is incomplete, or its order was changed.",
  },
  "log/unreadable": {
    exit: EXIT.world,
    hint: "docs/guides/exports.md says which logs of others can be read.",
  },
  "log/clocks": {
    exit: EXIT.world,
    hint: "Its clocks contradict each other: what wrote it has a bug, or lines are missing.",
  },
  "log/bound": { exit: EXIT.world, hint: "Cut a part out of the log." },
  "history/unreadable": {
    exit: EXIT.world,
    hint: "A history is a list of operations in EDN or JSON, as Jepsen writes them (docs/guides/exports-data.md).",
  },
  "files/exists": {
    exit: EXIT.world,
    hint: "Choose another name (--out), or remove what is there.",
  },
  "files/missing": { exit: EXIT.world, hint: "Check the path." },
  "files/room": {
    exit: EXIT.world,
    hint: "Shorten the run, make it smaller, or make room: `orrery clean` removes old runs.",
  },
  "store/locked": {
    exit: EXIT.world,
    hint: "Another process has this store open: a store has one owner. Stop it, or use another folder.",
  },
  "store/failed": { exit: EXIT.world, hint: "Check that the disk is neither full nor failing." },
  "net/listen": { exit: EXIT.world, hint: "Choose a free port, or stop the program that has it." },
  "net/open": {
    exit: EXIT.request,
    hint: "Configure a secret that all machines share, or say open: true if the network is trusted.",
  },
  "net/unconnected": {
    exit: EXIT.world,
    hint: "Start the missing machines, check their addresses, or allow more --retries; many processes fit into one with --per-worker.",
  },
  "net/unreachable": {
    exit: EXIT.world,
    hint: "Start what should answer there, or check the address.",
  },
  "net/refused": {
    exit: EXIT.world,
    hint: "What answered is above; what it had taken before stays there.",
  },
  "worker/failed": { exit: EXIT.world, hint: "The last lines that the worker wrote are above." },
  "runtime/cannot": {
    exit: EXIT.request,
    hint: "Leave it out, or run on another runtime: --on sim.",
  },
  "maelstrom/line": {
    exit: EXIT.world,
    hint: 'A node prints one JSON object a line, { "src", "dest", "body" }, and nothing else; its log goes to standard error.',
  },
  "maelstrom/ended": {
    exit: EXIT.world,
    hint: 'Start it by itself and type {"src":"c0","dest":"n0","body":{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0"]}}: it must answer init_ok, and go on.',
  },
  "nats/unreachable": {
    exit: EXIT.world,
    hint: "Start nats-server -js, or say where it is: --nats nats://HOST:PORT, or NATS_URL.",
  },
  "nats/refused": {
    exit: EXIT.world,
    hint: "Give credentials that the server knows: --creds FILE, NATS_CREDS, or nats://USER:PASSWORD@HOST; for TLS --tls-ca FILE.",
  },
  "nats/old": { exit: EXIT.world, hint: "Upgrade nats-server; Debian's package is new enough." },
  "nats/jetstream": {
    exit: EXIT.world,
    hint: "Start the servers with JetStream on (nats-server -js, or jetstream {} in the configuration), and most of them.",
  },
  "nats/workers": {
    exit: EXIT.world,
    hint: "Each host that is to take part needs a worker (orrery worker --nats URL) of this version, with the labels and the module that the run asks for (docs/guides/several-hosts.md).",
  },
  "files/write": {
    exit: EXIT.world,
    hint: "Check that the folder is writable and the disk not full.",
  },
} as const satisfies { readonly [code: string]: { readonly exit: number; readonly hint: string } };

export type ErrorCode = keyof typeof ERRORS;

/** What a caller or the world can cause: a code, what happened, and (from the table) what to do. */
export class OrreryError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = "OrreryError";
    this.code = code;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }

  get exit(): number {
    return ERRORS[this.code].exit;
  }
}

/** What was thrown, in its own words. */
export function messageOf(cause: unknown): string {
  const { message } = (cause ?? {}) as { readonly message?: unknown };
  return typeof message === "string" ? message : String(cause);
}

/** Does some writing. @throws OrreryError "files/write" saying where and why it failed */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof OrreryError) throw cause;
    throw new OrreryError("files/write", `${path}: ${messageOf(cause)}`, { cause });
  }
}

const ASSERTED = "This must be true, and is not: ";

/** States a fact that only a bug can break. Stays on in production; throws a plain Error. */
export function assert(condition: boolean, fact: string): asserts condition {
  if (!condition) throw new Error(`${ASSERTED}${fact}`);
}

/** Is this what `assert` throws? Then the bug is ours, whoever's turn it was. */
export const isAssertion = (cause: unknown): boolean => messageOf(cause).startsWith(ASSERTED);
