// The panel that makes branches of a run, and shows one beside it.
import { useSignal } from "@preact/signals";
import { complaint, hindrance } from "../store.ts";
import { beside, branch, comparable, showBeside } from "./beside-state.ts";

const SEEDS = 1_000_000;

export function Branches() {
  const seed = useSignal(String(Math.floor(Math.random() * SEEDS)));
  const reason = hindrance("branch");
  const number = Number(seed.value);
  const isSeed = seed.value.trim() !== "" && Number.isSafeInteger(number) && number >= 0;
  const go = (event: Event): void => {
    event.preventDefault();
    branch({ seed: number }).catch((cause: Error) => {
      complaint.value = cause.message;
    });
  };
  return (
    <>
      <p class="quiet">
        The run up to here stays as it was; from here on chance is another. Both are then shown side
        by side.
      </p>
      {reason === null ? null : <p class="reason">{reason}</p>}
      <form onSubmit={go}>
        <fieldset disabled={reason !== null}>
          <label class="field">
            <span>Seed from here on</span>
            <input
              inputMode="numeric"
              value={seed.value}
              aria-invalid={!isSeed}
              onInput={({ currentTarget }) => {
                seed.value = currentTarget.value;
              }}
            />
          </label>
          <button type="submit" class="primary" disabled={!isSeed}>
            Branch with this seed
          </button>
        </fieldset>
      </form>
      <p class="quiet">
        To branch with a fault, choose it under Faults, and there <em>in a branch</em>.
      </p>
      <Others />
    </>
  );
}

/** Another run of the same machines. */
function Others() {
  const others = comparable();
  if (others.length === 0) return null;
  return (
    <label class="field">
      <span>Shown beside</span>
      <select
        value={beside.value?.shownId.value ?? ""}
        onChange={({ currentTarget }) => showBeside(currentTarget.value || null)}
      >
        <option value="">none</option>
        {others.map(({ id, says }) => (
          <option key={id} value={id}>
            {says} ({id})
          </option>
        ))}
      </select>
    </label>
  );
}
