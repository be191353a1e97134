// The panel at the side: the selected machine, faults, branches.
import { Branches } from "../branches/branches.tsx";
import { Faults } from "../faults/faults.tsx";
import { Inspector } from "../inspector/inspector.tsx";
import { show } from "../store.ts";
import { PANELS, type PanelName, panel } from "./panel.ts";

const NAMES: { readonly [name in PanelName]: string } = {
  machine: "Machine",
  faults: "Faults",
  branches: "Branches",
};
const SHOWN = { machine: Inspector, faults: Faults, branches: Branches };

export function Side() {
  const name = panel.value;
  if (name === null || show.value === null) return null;
  const Shown = SHOWN[name];
  return (
    <aside class="side-panel" aria-label="Panel">
      <div class="tabs">
        <div role="tablist" aria-label="What the panel shows" onKeyDown={turn}>
          {PANELS.map((each) => (
            <button
              key={each}
              id={`tab-${each}`}
              type="button"
              role="tab"
              aria-selected={each === name}
              aria-controls="panel"
              tabIndex={each === name ? 0 : -1}
              onClick={() => {
                panel.value = each;
              }}
            >
              {NAMES[each]}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="plain"
          aria-label="Close the panel"
          onClick={() => {
            panel.value = null;
          }}
        >
          ×
        </button>
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${name}`}>
        <Shown />
      </div>
    </aside>
  );
}

/** Arrows go from tab to tab. */
function turn(event: KeyboardEvent): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (by === 0 || panel.value === null) return;
  event.preventDefault();
  const at = PANELS.indexOf(panel.value) + by + PANELS.length;
  panel.value = PANELS[at % PANELS.length]!;
  document.getElementById(`tab-${panel.value}`)?.focus();
}
