// The random plant of the seed's experiments: a start, an end, and inner types between them that need
// each other as a random acyclic graph says. Quantities are 1 and lots are 1, as there.
import { PURPOSE, Streams } from "../../../core/random.ts";
import type { PlantSettings } from "./definition.ts";

/** An experiment of the seed ran with a cycle of a second and transit of one to three. */
const CYCLE = "1s";
const TRANSPORT = "2s";

/**
 * Items, segments, equipment and transport of a random plant: one stage of the first type, which needs
 * nothing, and of the last, `perType` of each other. Of inner types, low complexity draws types − 2
 * edges, high all there could be, medium half of that; a pair that is drawn again counts, and one that
 * would close a circle does not. An inner type without predecessor needs the first; the last needs all
 * inner types without successor.
 */
export function randomPlant({ types, perType, complexity, seed }: PlantSettings): {
  readonly items: object;
  readonly segments: object;
  readonly equipment: object;
  readonly transport: object;
} {
  const needs = drawNeeds(types, complexity, seed);
  const name = (type: number): string => `type_${type}`;
  const each = <T>(make: (type: number) => T): { readonly [name: string]: T } =>
    Object.fromEntries(needs.map((_, type) => [name(type), make(type)]));
  return {
    items: each(() => ({ unit: "EA", lot: 1 })),
    segments: each((type) => ({
      produces: { [name(type)]: 1 },
      consumes: Object.fromEntries([...needs[type]!].map((need) => [name(need), 1])),
      cycle: CYCLE,
      yield: 1,
      onInterrupt: "restart",
    })),
    equipment: each((type) => ({
      segment: name(type),
      count: type === 0 || type === types - 1 ? 1 : perType,
      parallel: 1,
      buffer: {},
      area: "shop",
      maintenance: [],
    })),
    transport: { default: TRANSPORT, routes: [] },
  };
}

/** The types that each type needs, by number. */
function drawNeeds(
  types: number,
  complexity: PlantSettings["complexity"],
  seed: number,
): readonly ReadonlySet<number>[] {
  const dice = new Streams(seed, PURPOSE.randomPlant, 1);
  const inner = types - 2;
  const most = (inner * (inner - 1)) / 2;
  const wanted = { low: inner, medium: Math.floor(most / 2), high: most }[complexity];
  const needs = Array.from({ length: types }, () => new Set<number>());
  const reaches = (from: number, to: number): boolean => {
    const reached = new Set([from]);
    for (const type of reached) for (const need of needs[type]!) reached.add(need);
    return reached.has(to);
  };
  const draw = (): number => 1 + Math.floor(dice.uniform(0) * inner);
  for (let edges = 0; edges < wanted && inner > 1; ) {
    const [type, need] = [draw(), draw()];
    if (type === need || reaches(need, type)) continue;
    needs[type]!.add(need);
    edges++;
  }
  const innerTypes = Array.from({ length: inner }, (_, index) => index + 1);
  const needed = new Set(innerTypes.flatMap((type) => [...needs[type]!]));
  for (const type of innerTypes) if (needs[type]!.size === 0) needs[type]!.add(0);
  for (const type of innerTypes) if (!needed.has(type)) needs[types - 1]!.add(type);
  return needs;
}
