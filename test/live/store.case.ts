// What every stable store must do: run for the one of `sim` and the one on disk.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { Change, Store } from "../../src/runtimes/ports.ts";

/** A store under test: `commit` applies changes durably, `again` is the store after a crash. */
export type StoreCase = {
  readonly name: string;
  readonly open: () => {
    readonly store: Store & { log(process: number, name: string): readonly Json[] };
    readonly commit: (process: number, changes: readonly Change[]) => void;
    readonly again: () => Store & { log(process: number, name: string): readonly Json[] };
    readonly end: () => void;
  };
};

const key = fc.constantFrom("a", "b", "c", "", "ключ", "a'b");
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant("put" as const),
    key,
    value: fc.jsonValue() as fc.Arbitrary<Json>,
  }),
  fc.record({ kind: fc.constant("remove" as const), key }),
  fc.record({
    kind: fc.constant("append" as const),
    log: key,
    value: fc.jsonValue() as fc.Arbitrary<Json>,
  }),
);

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

export function storeContract({ name, open }: StoreCase): void {
  describe(`${name}: a store`, () => {
    test("hands back all that was put and not removed, and its logs in order, also after a crash", () => {
      fc.assert(
        fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 8 }), (commits) => {
          const { store, commit, again, end } = open();
          const keyed = new Map<string, unknown>();
          const logs = new Map<string, unknown[]>();
          for (const changes of commits) {
            commit(0, changes);
            for (const each of changes) {
              if (each.kind === "put") keyed.set(each.key, plain(each.value));
              else if (each.kind === "remove") keyed.delete(each.key);
              else logs.set(each.log, [...(logs.get(each.log) ?? []), plain(each.value)]);
            }
          }
          for (const present of [() => store, again]) {
            const at = present();
            expect(new Map([...at.load(0)].map(([k, v]) => [k, plain(v)]))).toEqual(keyed);
            for (const [log, values] of logs) expect(plain(at.log(0, log))).toEqual(values);
            expect(at.log(0, "never")).toEqual([]);
          }
          end();
        }),
        { numRuns: 30 },
      );
    });

    test("keeps processes apart, and its name over a crash", () => {
      const { store, commit, again, end } = open();
      commit(0, [{ kind: "put", key: "k", value: 1 }]);
      expect([...store.load(1)]).toEqual([]);
      expect(store.idOf(0)).not.toBe(store.idOf(1));
      const id = store.idOf(0);
      expect(again().idOf(0)).toBe(id);
      end();
    });

    test("hands out a map of the caller's own", () => {
      const { store, commit, end } = open();
      commit(0, [{ kind: "put", key: "k", value: 1 }]);
      (store.load(0) as Map<string, Json>).set("k", 2);
      expect(store.load(0).get("k")).toBe(1);
      end();
    });
  });
}
