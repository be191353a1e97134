// A stage as its store tells it.
import type { Json } from "../../../core/json.ts";
import type { Epoch } from "../flows.ts";
import { type InLot, type Job, KEY, type LotId, type Memory, type OutLot } from "../messages.ts";
import type { Stage } from "./desk.ts";
import { SmallMap } from "./small-map.ts";

/** The state of a stage that begins with what its store holds; the order of a store's keys does not matter. */
export function storedStage(stored: ReadonlyMap<string, Json>): Stage {
  const held = ([, a]: readonly [LotId, InLot], [, b]: readonly [LotId, InLot]): number =>
    a.from - b.from || a.place - b.place;
  return {
    counts: (stored.get(KEY.counts) ?? { lot: 0, job: 0, good: 0 }) as Stage["counts"],
    epoch: (stored.get(KEY.epoch) ?? [0, 0]) as Epoch,
    changed: (stored.get(KEY.changed) ?? 0) as number,
    broken: (stored.get(KEY.broken) ?? null) as Stage["broken"],
    out: byNumber<OutLot>(stored, KEY.lot),
    next: byNumber<number>(stored, KEY.next),
    jobs: byNumber<Job>(stored, KEY.job),
    in: SmallMap.of(under<InLot>(stored, KEY.in).sort(held)),
    memories: SmallMap.of(under<Memory>(stored, KEY.memory)),
    flow: null,
    requests: new SmallMap(),
    asked: 0,
    orders: [],
    resends: new SmallMap(),
    taken: new SmallMap(),
    maintenance: false,
    finished: 0,
    standing: "",
    leader: null,
    beats: 0,
    heard: new SmallMap(),
    armed: new SmallMap(),
    clock: Number.NEGATIVE_INFINITY,
  };
}

/** The values of the keys that begin so, by what follows. */
const under = <Value>(
  stored: ReadonlyMap<string, Json>,
  prefix: string,
): (readonly [string, Value])[] =>
  [...stored]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value as Value] as const);

const byNumber = <Value>(
  stored: ReadonlyMap<string, Json>,
  prefix: string,
): SmallMap<number, Value> =>
  SmallMap.of(
    under<Value>(stored, prefix)
      .map(([key, value]) => [Number(key), value] as const)
      .sort(([a], [b]) => a - b),
  );
