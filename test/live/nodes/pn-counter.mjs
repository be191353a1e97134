// A counter that goes both ways: each node counts what it was told, and all tell each other what they know of all.
import { node } from "./lib.mjs";

/** Node → [its count, how many adds made it]. */
const counts = new Map();
const PERIOD = 150;

const self = node({
  add({ delta }) {
    const [sum, adds] = counts.get(self.id) ?? [0, 0];
    counts.set(self.id, [sum + delta, adds + 1]);
    return { type: "add_ok" };
  },
  read: () => ({
    type: "read_ok",
    value: [...counts.values()].reduce((all, [sum]) => all + sum, 0),
  }),
  merge({ known }) {
    for (const [name, theirs] of known) {
      if (theirs[1] > (counts.get(name)?.[1] ?? 0)) counts.set(name, theirs);
    }
  },
});

setInterval(() => {
  for (const other of self.ids.filter((id) => id !== self.id)) {
    self.send(other, { type: "merge", known: [...counts] });
  }
}, PERIOD);
