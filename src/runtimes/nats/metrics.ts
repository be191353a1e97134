// How a worker is, as families of OpenMetrics.
import { type Family, one } from "../real/open-metrics.ts";
import type { Tally } from "./tally.ts";
import type { HostInfo } from "./words.ts";

/** Of more runs only the last are told, so that a page stays small. */
const RUNS_MAX = 200;

export type WorkerHealth = {
  readonly worker: string;
  readonly version: string;
  /** It is connected to NATS now. */
  readonly connected: boolean;
  readonly uptimeSeconds: number;
  /** Of the worker itself; its parts are OS processes of their own. */
  readonly cpuMicros: number;
  readonly residentBytes: number;
  /** Undefined until it was connected for the first time. */
  readonly nats: NatsHealth | undefined;
  /** Undefined until it offered itself. */
  readonly info: HostInfo | undefined;
  /** The earliest first. */
  readonly runs: readonly RunHealth[];
};

/** A connection to NATS since it was made. */
export type NatsHealth = {
  readonly server: string;
  readonly reconnects: number;
  readonly inMsgs: number;
  readonly outMsgs: number;
  readonly inBytes: number;
  readonly outBytes: number;
};

export type RunHealth = {
  readonly run: string;
  /** Undefined until a part of it was ordered here. */
  readonly system: string | undefined;
  readonly parts: number;
  readonly tally: Tally;
};

/** All that can be told; those of which nothing is known have no samples. */
export const workerFamilies = (health: WorkerHealth): readonly Family[] => [
  ...ofWorker(health),
  ...ofHost(health),
  ...ofNats(health.nats),
  ...ofRuns(health.runs.slice(-RUNS_MAX)),
];

function ofWorker(health: WorkerHealth): readonly Family[] {
  const { worker, version, nats, connected, uptimeSeconds, cpuMicros, residentBytes } = health;
  const labels = { worker, version, ...(nats && { server: nats.server }) };
  return [
    {
      name: "orrery_worker",
      kind: "info",
      help: "Which worker this is, its version, and the NATS server it was last connected to.",
      samples: [{ labels, value: 1 }],
    },
    {
      name: "orrery_worker_connected",
      kind: "gauge",
      help: "1 while it is connected to NATS, else 0.",
      samples: one(connected ? 1 : 0),
    },
    {
      name: "orrery_worker_uptime_seconds",
      kind: "gauge",
      unit: "seconds",
      help: "Since the worker started.",
      samples: one(uptimeSeconds),
    },
    {
      name: "orrery_worker_cpu_seconds",
      kind: "counter",
      unit: "seconds",
      help: "CPU time of the worker itself, without its parts.",
      samples: one(cpuMicros / 1e6),
    },
    {
      name: "orrery_worker_resident_bytes",
      kind: "gauge",
      unit: "bytes",
      help: "Resident memory of the worker itself, without its parts.",
      samples: one(residentBytes),
    },
  ];
}

function ofHost({ info, runs }: WorkerHealth): readonly Family[] {
  const gauge = (name: string, help: string, value: number | undefined): Family => ({
    name: `orrery_worker_${name}`,
    kind: "gauge",
    help,
    samples: one(value),
  });
  return [
    gauge("cores", "Cores that it offers.", info?.cores),
    { ...gauge("memory_bytes", "Memory of its host.", info?.memoryBytes), unit: "bytes" },
    gauge("parts", "Parts of runs that live here, each an OS process.", info?.parts),
    gauge("jobs", "Jobs of experiments that are under way here.", info?.jobs),
    gauge(
      "runs",
      "Runs that are known here, with parts that live or without.",
      info && runs.length,
    ),
    gauge("draining", "1 when it takes nothing new, else 0.", info && (info.draining ? 1 : 0)),
  ];
}

function ofNats(nats: NatsHealth | undefined): readonly Family[] {
  const counter = (name: string, help: string, value: number | undefined): Family => ({
    name: `orrery_worker_nats_${name}`,
    kind: "counter",
    help: `${help} Parts have connections of their own.`,
    samples: one(value),
  });
  const bytes = (...[name, help, value]: Parameters<typeof counter>): Family => ({
    ...counter(`${name}_bytes`, help, value),
    unit: "bytes",
  });
  return [
    counter("reconnects", "Times that the worker's connection was mended.", nats?.reconnects),
    counter("received_messages", "Messages of NATS to the worker.", nats?.inMsgs),
    counter("sent_messages", "Messages of NATS from the worker.", nats?.outMsgs),
    bytes("received", "Bytes of messages to the worker.", nats?.inBytes),
    bytes("sent", "Bytes of messages from the worker.", nats?.outBytes),
  ];
}

function ofRuns(runs: readonly RunHealth[]): readonly Family[] {
  const family = (
    name: string,
    help: string,
    count: (run: RunHealth) => number,
    rest: Partial<Family> = {},
  ): Family => ({
    name: `orrery_worker_run_${name}`,
    kind: "gauge",
    help,
    samples: runs.map((each) => ({ labels: { run: each.run }, value: count(each) })),
    ...rest,
  });
  const counter = { kind: "counter" } as const;
  return [
    {
      name: "orrery_worker_run",
      kind: "info",
      help: "Which system a run is of.",
      samples: runs
        .filter(({ system }) => system !== undefined)
        .map(({ run, system = "" }) => ({ labels: { run, system }, value: 1 })),
    },
    family("parts", "Parts of the run that live here.", ({ parts }) => parts),
    family("waiting", "Events that wait in the inboxes of its parts.", (run) => run.tally.waiting),
    family("events", "Events of its parts here.", (run) => run.tally.events, counter),
    family("skipped_ticks", "Ticks that were left out.", (run) => run.tally.skipped, counter),
    family("reconnects", "Of its parts, to NATS.", (run) => run.tally.reconnects, counter),
    family("cpu_seconds", "CPU time of its parts here.", (run) => run.tally.cpuMicros / 1e6, {
      kind: "counter",
      unit: "seconds",
    }),
    family("resident_bytes", "Resident memory of its parts.", (run) => run.tally.residentBytes, {
      unit: "bytes",
    }),
  ];
}
