// What crosses a site's boundary in a factory, counted on the wire: the bicycle works on two workers, its parts made at
// one site and bicycles put together at the other. By kind of message: how many, and how many bytes, for each lot that
// crosses, or for each process a second.
// Usage: npm run bench:traffic [-- seconds]   (nats-server must be installed)
import { join } from "node:path";
import { readFactory } from "../dist/cli/factory-file.js";
import { micros, ms, seconds } from "../dist/core/micros.js";
import { newRun } from "../dist/core/new-run.js";
import { openNats } from "../dist/runtimes/nats/connect.js";
import { readRule } from "../dist/runtimes/nats/placement.js";
import { FrameReader, PAYLOAD_MAX } from "../dist/runtimes/real/wire/frames.js";
import { readMessage } from "../dist/runtimes/real/wire/message.js";
import { factory } from "../dist/systems/factory/factory.js";
import { onWorkers } from "./nats-workers.mjs";

const [SECONDS = 30] = process.argv.slice(2).map(Number);
const ENVELOPE = 8;
const PARTS = "tubes-*,rims-*,spokes-*,hubs-*,paint-*,drivetrains-*,weld-*";
const rules = [`${PARTS} on site=parts`, "oven-*,bench-*,stand-*,leader-*,keeper on site=final"];
const params = {
  ...readFactory(join(import.meta.dirname, "../experiments/factory/bicycle.yaml")),
  timeScale: 600,
  leader: { candidates: 3 },
};

const links = { delay: { kind: "uniform", min: ms(1), max: ms(3) } };
const run = newRun(factory, { params, duration: seconds(SECONDS), links });
const members = factory.processes(run.params);
const names = members.map(({ name }) => name);
const isFinal = names.map(
  (name) => !/^(tubes|rims|spokes|hubs|paint|drivetrains|weld)-/.test(name),
);

/** By kind: messages and bytes, all and across. */
const kinds = new Map();
const lots = new Set();
let [frames, bytesOnWire] = [0, 0];

await onWorkers(["parts", "final"], async ({ reach, start }) => {
  const watcher = await openNats(reach, "traffic");
  watcher.subscribe("orrery.run.*.to.*", {
    callback: (_, { data }) => {
      frames++;
      bytesOnWire += data.length;
      const bytes = Buffer.from(data).subarray(ENVELOPE);
      for (const payload of new FrameReader(PAYLOAD_MAX).read(bytes)) count(payload);
    },
  });
  await watcher.flush();
  const { running } = await start(factory, run, { system: "factory", rules: rules.map(readRule) });
  await running.to(micros(run.duration));
  await running.stop();
  await watcher.close();
});

function count(payload) {
  const { from, to, body } = readMessage(Buffer.from(payload));
  const across = isFinal[from] !== isFinal[to];
  if (!across) return;
  const kind = body?.kind ?? "?";
  const sum = kinds.get(kind) ?? { messages: 0, bytes: 0 };
  sum.messages++;
  sum.bytes += payload.length + 8;
  kinds.set(kind, sum);
  if (kind === "sent") lots.add(body.lot);
}

console.log(
  `${SECONDS} s, ${names.length} processes; ${lots.size} lots crossed; all told ${frames} messages of NATS, ${bytesOnWire} bytes`,
);
console.log(
  "kind          messages   bytes each   a lot: messages, bytes   a second: messages, bytes",
);
for (const [kind, { messages, bytes }] of [...kinds].sort(([, a], [, b]) => b.bytes - a.bytes)) {
  const each = (sum, of) => (sum / of).toFixed(2).padStart(10);
  const perLot = `${each(messages, lots.size)} ${each(bytes, lots.size)}`;
  const perSecond = `${each(messages, SECONDS)} ${each(bytes, SECONDS)}`;
  const size = String(Math.round(bytes / messages)).padStart(10);
  console.log(`${kind.padEnd(12)} ${String(messages).padStart(9)} ${size}  ${perLot} ${perSecond}`);
}
