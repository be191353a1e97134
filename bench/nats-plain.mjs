// What bench/nats-pair.mjs does, by NATS's client alone: two OS processes, the same bodies as JSON.
// Usage: node bench/nats-plain.mjs URL ROLE WINDOW BYTES SECONDS; `ping` prints what it measured as JSON.
import { connect } from "@nats-io/transport-node";

const BUNDLE = 100;
const [url, role, window, bytes, forSeconds] = process.argv.slice(2);
const many = Number(window) > 0;
const connection = await connect({ servers: url });
const body = JSON.stringify({ text: "x".repeat(Number(bytes)) });
let heard = 0;

if (role === "pong") {
  connection.subscribe("bench.ping", {
    callback: (_, message) => {
      heard++;
      if (!many) connection.publish("bench.pong", JSON.stringify(message.json()));
      else {
        message.json();
        if (heard % BUNDLE === 0) connection.publish("bench.pong", JSON.stringify("thanks"));
      }
    },
  });
  await connection.flush();
  process.send?.("ready");
} else {
  const trips = [];
  let at = performance.now();
  const send = (count) => {
    for (let sent = 0; sent < count; sent++) connection.publish("bench.ping", body);
    at = performance.now();
  };
  connection.subscribe("bench.pong", {
    callback: (_, message) => {
      message.json();
      heard++;
      if (!many) trips.push((performance.now() - at) * 1e3);
      send(many ? BUNDLE : 1);
    },
  });
  await connection.flush();
  const began = performance.now();
  send(many ? Number(window) : 1);
  setTimeout(() => {
    const seconds = (performance.now() - began) / 1e3;
    const perSecond = (heard * (many ? BUNDLE : 1)) / seconds;
    process.stdout.write(`${JSON.stringify({ trips, perSecond })}\n`, () => process.exit());
  }, Number(forSeconds) * 1e3);
}
