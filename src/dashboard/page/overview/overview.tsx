// All processes at a glance; or those of two runs, side by side.
import { Beside } from "../branches/beside.tsx";
import { beside } from "../branches/beside-state.ts";
import { connected, frame, show } from "../store.ts";
import { Charts } from "./charts.tsx";
import { Figures } from "./figures.tsx";
import { Machines } from "./machines.tsx";
import { Sky } from "./sky.tsx";
import "./overview.css";

/** So few leave room for charts beneath their table; of more than many the table scrolls. */
const FEW_MAX = 6;
const MANY = 12;

export function Overview() {
  if (frame.value === null || show.value === null) {
    return <p class="empty">{connected.value ? "No run is shown yet." : "Connecting…"}</p>;
  }
  if (beside.value !== null) return <Beside other={beside.value} />;
  const machines = show.value.names.length;
  const size = machines <= FEW_MAX ? "few" : machines > MANY ? "many" : "";
  return (
    <div class={`overview ${size}`}>
      <Figures />
      <Sky />
      <Machines />
      <Charts />
    </div>
  );
}
