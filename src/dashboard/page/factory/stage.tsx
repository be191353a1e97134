// One stage: what it is at, what it has, and what can be done to it.
import type { FactoryState } from "../../../systems/factory/view-state.ts";
import { act, hindrance } from "../store.ts";

/** A stage that is killed is down for so long, s. */
const DOWN = 20;

export function StagePanel({
  state,
  stage,
  onLot,
  onClose,
}: {
  state: FactoryState;
  stage: number;
  onLot: (lot: string) => void;
  onClose: () => void;
}) {
  const name = state.scene.names[stage]!;
  const can = hindrance("fault") === null;
  const facts: readonly (readonly [string, string | number])[] = [
    ["makes", state.scene.items[stage]!],
    ["is", standing(state, stage)],
    ["jobs under way", state.jobs[stage]!],
    ["jobs done", state.made[stage]!],
    ["lots on the shelf", state.shelf[stage]!],
    ["lots waiting to be used", state.queue[stage]!],
    ["taken for", state.member[stage] || "up"],
  ];
  const moving = state.moving.filter(([, from, to]) => from === stage || to === stage);
  return (
    <section class="factory-stage" aria-label={name}>
      <h2>
        {name}
        <button type="button" aria-label="close" onClick={onClose}>
          ×
        </button>
      </h2>
      <dl>
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="factory-acts">
        <button
          type="button"
          disabled={!can}
          onClick={() => act({ do: "fault", text: `crash ${name} 0s..${DOWN}s` })}
        >
          Kill for {DOWN} s
        </button>
        <button
          type="button"
          disabled={!can}
          onClick={() => act({ do: "fault", text: `pause ${name} 0s..${DOWN}s` })}
        >
          Pause for {DOWN} s
        </button>
      </div>
      {moving.length === 0 ? null : (
        <ul class="factory-lots">
          {moving.slice(-12).map(([lot, from, to]) => (
            <li key={lot}>
              <button type="button" onClick={() => onLot(lot)}>
                {shortLot(lot)}
              </button>{" "}
              {from === stage ? `to ${state.scene.names[to]}` : `from ${state.scene.names[from]}`}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Its state in words, with what it waits for. */
export function standing({ states, is, of }: FactoryState, stage: number): string {
  const items = of[stage]!;
  const word = states[is[stage]!]!;
  return items.length === 0 ? word : `${word} of ${items.join(", ")}`;
}

/** Maker and number: the store's tag between them is for machines. */
export const shortLot = (lot: string): string => lot.replace(/\/[^/]*\//, "/");
