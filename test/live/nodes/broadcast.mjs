// Broadcast by flooding. Each message is sent to a neighbour until he has acknowledged it; `once` as the argument makes
// it wrong: then it is sent once, and what is lost is lost.
import { node } from "./lib.mjs";

const once = process.argv[2] === "once";
const seen = new Set();
let neighbours = [];

const self = node({
  topology({ topology }) {
    neighbours = topology[self.id];
    return { type: "topology_ok" };
  },
  broadcast({ message }) {
    spread(message, []);
    return { type: "broadcast_ok" };
  },
  pass({ message }, from) {
    spread(message, [from]);
    return once ? undefined : { type: "pass_ok" };
  },
  read: () => ({ type: "read_ok", messages: [...seen] }),
});

function spread(message, known) {
  if (seen.has(message)) return;
  seen.add(message);
  for (const each of neighbours.filter((name) => !known.includes(name))) {
    if (once) self.send(each, { type: "pass", message });
    else self.ask(each, { type: "pass", message });
  }
}
