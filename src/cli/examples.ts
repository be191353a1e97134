// Examples that stand below the help of verbs.
import { FAULT_EXAMPLES } from "../core/fault-examples.ts";

export const EXPERIMENT_EXAMPLES = `
Examples:
  orrery experiment experiments/clocks/lab.yaml
  orrery experiment experiments/clocks/lab.yaml --nats nats://10.0.0.5:4222`;

/** The formats of `orrery export`, said here so that help need not load them; a test compares. */
export const EXPORT_FORMATS = [
  ...["shiviz", "chrome", "otlp", "mermaid", "svg", "csv", "parquet"],
  ...["jepsen", "jepsen-json", "tla", "tla-handoff", "epcis"],
];

export const EXPORT_EXAMPLES = `
Examples:
  orrery export runs/clocks/latest --to csv --out clocks.csv
  orrery export runs/clocks/latest --to csv --from 10s --until 20s --only machine_1,machine_2
  orrery export runs/clocks/latest --to shiviz --cone 300 --out clocks.log
  orrery export runs/clocks/latest --to otlp --post http://127.0.0.1:4318

docs/guides/exports.md says which form is for what, and what opens it.`;

export const MACHINE_EXAMPLES = `
Examples, each in a terminal of its own:
  orrery machine --id machine_1 --config experiments/machines/three.json
  orrery machine --id machine_2 --config experiments/machines/three.json
  orrery machine --id machine_3 --config experiments/machines/three.json`;

export const MAELSTROM_EXAMPLES = `
Examples:
  orrery maelstrom --bin python3 -w echo -- echo.py
  orrery maelstrom --bin ./broadcast -w broadcast --node-count 25 --rate 100 --loss 0.05
  orrery maelstrom --bin ./kv -w lin-kv --for 30s --profile partitioned --seed 7
  orrery maelstrom --bin ./counter -w g-counter --fault "crash n1 5s..8s" --fault "pause n2 6s..9s"`;

export const NODE_EXAMPLES = `
Examples:
  orrery maelstrom --bin orrery -w broadcast -- node examples/maelstrom-broadcast.ts --maelstrom
  maelstrom test -w broadcast --bin ./broadcast --time-limit 20    with, in ./broadcast:
    #!/bin/sh
    exec orrery node /path/to/examples/maelstrom-broadcast.ts --maelstrom`;

export const WORKER_EXAMPLES = `
Examples:
  orrery worker --nats nats://10.0.0.5:4222,nats://10.0.0.6:4222 --label site=paris
  NATS_URL=tls://nats.example.org NATS_CREDS=/etc/orrery/worker.creds orrery worker
  orrery run clocks --on nats --nats nats://10.0.0.5:4222

What options do not say is taken from NATS_URL, NATS_CREDS, NATS_USER, NATS_PASSWORD, NATS_TOKEN, NATS_NKEY,
NATS_CA, NATS_CERT, NATS_KEY and NATS_JS_DOMAIN. SIGTERM and Ctrl-C end it when it has let go of what it had.`;

export const FACTORY_EXAMPLES = `
Examples:
  orrery factory plan experiments/factory/bicycle.yaml
  orrery factory generate --types 5 --per-type 2 --complexity high --seed 0 --out plant.yaml
  orrery run plant.yaml --for 60s`;

export const CHECK_EXAMPLES = `
Examples:
  orrery check examples/token-ring.ts
  orrery check examples/token-ring.ts --profile swizzle --seeds 10000 --keep-going
  orrery check clocks --profile crashy --for 60s

Faults are drawn from each seed by the profile (default: storm; orrery list shows all), end after
three fifths of a run, and come on top of those that --fault plans:
${FAULT_EXAMPLES.map((example) => `  ${example}`).join("\n")}

Exit status: 0 all checks hold in all seeds, 1 one fails, 2 undecided: a claim was unknown, or a
case that is claimed to occur never did.`;

export const RUN_EXAMPLES = `
Examples:
  orrery run clocks
  orrery run clocks --set rates=6,1,1 --set internal=0.7 --seed 7
  orrery run clocks --fault "crash machine_2 20s..30s" --loss 0.05
  orrery run clocks --on tcp --set rates=100,50,10 --fault "crash machine_2 5s..8s" --for 20s
  orrery run experiments/factory/bicycle.yaml --set timeScale=600
  orrery run ./my-system.mjs --for 10s

Faults, a|b being the links between a and b, a>b those from a to b, * all others:
${FAULT_EXAMPLES.map((example) => `  ${example}`).join("\n")}
On tcp they may also be typed while it runs, their times counted from then.

Exit status: 0 all checks hold, 1 one fails, 2 one is unknown, 64 wrong request,
69 the world failed, 70 a bug, 130 stopped.`;

export const VIEW_EXAMPLES = `
Examples:
  orrery view                              kept runs and experiments, to choose from
  orrery view clocks                       a simulation, as fast as real time
  orrery view runs/clocks/latest           a kept run, replayed
  orrery view their.log                    another system's ShiViz log, its clocks checked
  orrery view clocks experiments/factory/bicycle.yaml --on tcp --set bicycle:timeScale=300

Of several systems, --set NAME:… is for one: NAME is the system's, or that of its file. On a terminal it
goes on until Ctrl-C, without one for --for (60s); runs on tcp are kept like those of orrery run. The
first line of standard output is the address: with the key in it a page may act, without it only watch.`;
