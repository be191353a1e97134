import fc from "fast-check";
import { expect, test } from "vitest";
import { IdTable } from "./id-table.ts";

const id = fc.tuple(
  fc.integer({ min: 0, max: 3 }),
  fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constant(2 ** 31 - 1)),
  fc.integer({ min: 0, max: 2 }),
  fc.integer({ min: -1, max: 5 }),
);
const action = fc.record({ act: fc.constantFrom("place", "remove", "find"), id });

test("it is a map from ids to places, whatever is put in and removed", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const table = new IdTable();
      const map = new Map<string, number>();
      for (const { act, id: key } of actions) {
        const known = map.get(key.join());
        expect(table.find(...key)).toBe(known ?? -1);
        if (act === "place") {
          const place = table.place(...key);
          if (known === undefined) expect([...map.values()]).not.toContain(place);
          else expect(place).toBe(known);
          expect(key.map((_, which) => table.part(place, which))).toEqual(key);
          map.set(key.join(), place);
        } else if (act === "remove" && known !== undefined) {
          table.remove(known);
          map.delete(key.join());
        }
      }
      for (const [text, place] of map) {
        const [a, b, c, d] = text.split(",").map(Number) as [number, number, number, number];
        expect(table.find(a, b, c, d)).toBe(place);
      }
    }),
    { numRuns: 1_000 },
  );
});
