import fc from "fast-check";
import { expect, test } from "vitest";
import { textWidth } from "./theme.ts";
import { layOutTracks } from "./tracks.ts";

const WIDTH = 900;
const END = 60;

const spans = fc.array(
  fc
    .tuple(
      fc.double({ min: 0, max: END, noNaN: true }),
      fc.double({ min: 0, max: 30, noNaN: true }),
      fc.string({ minLength: 1, maxLength: 14 }),
    )
    .map(([from, length, label]) => ({ from, to: Math.min(END, from + length), label })),
  { minLength: 1, maxLength: 30 },
);

test("names are drawn where they cover neither each other nor a bar, or not at all", () => {
  fc.assert(
    fc.property(spans, (all) => {
      const { bars, rows } = layOutTracks(
        [{ name: "down", tone: "absent", spans: all }],
        END,
        WIDTH,
      );
      expect(bars.length).toBe(all.length);
      if (bars.some(({ place }) => place === "none")) {
        expect(rows).toBe(1);
        return;
      }
      const boxes = bars.map(({ from, to, label, place, row }) => {
        const [left, right] = [(from / END) * WIDTH, (to / END) * WIDTH];
        const text = textWidth(label, 11);
        return {
          row,
          left: place === "before" ? left - text : left,
          right:
            place === "behind"
              ? right + text
              : Math.max(right, place === "in" ? left + text : right),
        };
      });
      for (const [index, one] of boxes.entries()) {
        for (const other of boxes.slice(index + 1)) {
          if (one.row !== other.row) continue;
          expect(one.right <= other.left || other.right <= one.left).toBe(true);
        }
      }
    }),
  );
});

test("moments at which somebody crashed are marked where their names are, and nothing else is", () => {
  const few = [{ from: 1, to: 2, label: "saw-1" }];
  const many = Array.from({ length: 200 }, (_, at) => ({
    from: at / 4,
    to: at / 4 + 9,
    label: "saw-2",
  }));
  const alarms = (tone: "absent" | "hold", spans: typeof few) =>
    layOutTracks([{ name: "down", tone, spans }], END, WIDTH).alarms;
  expect(alarms("absent", few)).toEqual([1]);
  expect(alarms("absent", many)).toEqual([]);
  expect(alarms("hold", few)).toEqual([]);
});
