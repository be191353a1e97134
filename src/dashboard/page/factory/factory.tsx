// A factory at work: who supplies whom and how much, why each stage stands, lots on their way, leader and plan.
import { useSignal } from "@preact/signals";
import type { FactoryScene, FactoryState } from "../../../systems/factory/view-state.ts";
import { act, frame, hindrance, show, viewState } from "../store.ts";
import { FactoryGraph } from "./graph.tsx";
import { Genealogy } from "./lot.tsx";
import { StagePanel } from "./stage.tsx";
import "./factory.css";

export function Factory() {
  const selected = useSignal<number | null>(null);
  const lot = useSignal<string | null>(null);
  if (show.value?.view !== "factory") {
    return (
      <p class="empty">
        This run is not of a factory. `orrery view experiments/factory/bicycle.yaml` shows one.
      </p>
    );
  }
  const showLot = (name: string): void => {
    lot.value = name;
  };
  const state = viewState.value as unknown as FactoryState | null;
  if (state === null || frame.value === null) return <p class="empty">Waiting for the factory.</p>;
  return (
    <div class="factory">
      <Summary state={state} />
      <FactoryGraph
        state={state}
        selected={selected.value}
        onSelect={(stage) => {
          selected.value = stage;
        }}
        onLot={showLot}
      />
      <aside>
        {selected.value === null ? null : (
          <StagePanel
            state={state}
            stage={selected.value}
            onLot={showLot}
            onClose={() => {
              selected.value = null;
            }}
          />
        )}
        {lot.value === null ? null : (
          <Genealogy
            lot={lot.value}
            onLot={showLot}
            onClose={() => {
              lot.value = null;
            }}
          />
        )}
        <Audit />
        <Story state={state} />
      </aside>
    </div>
  );
}

/** Rates of the page are those of the plant: a plant may run many times as fast as it would. */
const perPlantHour = (perRunHour: number, { timeScale }: FactoryScene): number =>
  perRunHour / timeScale;

function Summary({ state }: { state: FactoryState }) {
  const { leader, plan, scene, shipped, material, underWay } = state;
  const actual = perPlantHour(state.perHour, scene);
  const planned = plan === null ? null : perPlantHour(plan.perHour, scene);
  const share = planned === null || planned === 0 ? null : actual / planned;
  const led = leader === null ? "nobody leads" : `${leader.name}, term ${leader.term}`;
  return (
    <dl class="factory-summary">
      <Fact
        name="Leaves the plant"
        value={`${actual.toFixed(1)} /h`}
        more={`${number(shipped)} so far`}
      />
      <Fact
        name="Plan"
        value={planned === null ? "none" : `${planned.toFixed(1)} /h`}
        more={share === null ? "" : `${Math.round(100 * share)} % of it`}
      />
      <Fact name="Limited by" value={plan?.bottleneck ?? "–"} more="" />
      <Fact
        name="Leader"
        value={
          state.scene.names.length > 0 && plan === null && leader === null ? "none planned" : led
        }
        more={plan === null ? "" : `flow ${plan.term}.${plan.sequence}`}
      />
      <Fact
        name="In the plant"
        value={`${number(material.shelf + material.underWay + material.queue + material.reserved)} units`}
        more={`${underWay} ${underWay === 1 ? "lot" : "lots"} under way`}
      />
    </dl>
  );
}

const number = (value: number): string =>
  value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });

function Fact({ name, value, more }: { name: string; value: string; more: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} <small>{more}</small>
      </dd>
    </div>
  );
}

type Verdict = {
  readonly invariants: readonly {
    readonly id: string;
    readonly holds: boolean;
    readonly witness?: string;
  }[];
  readonly lots: number;
};

/** The audit of all stores, as they are now. */
function Audit() {
  const verdict = useSignal<Verdict | null>(null);
  const busy = useSignal(false);
  const can = hindrance("audit") === null;
  const audit = async (): Promise<void> => {
    busy.value = true;
    verdict.value = (await act({ do: "audit" })) as unknown as Verdict | null;
    busy.value = false;
  };
  const failed = verdict.value?.invariants.filter(({ holds }) => !holds) ?? [];
  return (
    <section class="factory-audit">
      <button type="button" disabled={!can || busy.value} onClick={audit}>
        {busy.value ? "auditing…" : "Audit the stores"}
      </button>
      <p role="status">
        {verdict.value === null
          ? ""
          : failed.length === 0
            ? `✓ ${verdict.value.invariants.length} invariants hold, of ${number(verdict.value.lots)} lots`
            : `✗ ${failed.map(({ id, witness }) => `${id}: ${witness}`).join("; ")}`}
      </p>
    </section>
  );
}

/** What happened of late, the latest first. */
function Story({ state }: { state: FactoryState }) {
  return (
    <section class="factory-story">
      <h2>What happened</h2>
      <ol>
        {[...state.story].reverse().map(({ at, who, says }) => (
          <li key={`${at} ${who} ${says}`}>
            <time>{(at / 1e6).toFixed(1)} s</time> <b>{who}</b> {says}
          </li>
        ))}
      </ol>
    </section>
  );
}
