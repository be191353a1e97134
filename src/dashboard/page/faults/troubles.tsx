// What befell the run so far: first what holds, then what is over, the latest first.
import { instant } from "../format.ts";
import { act, hindrance, incidentsVersion, main, show } from "../store.ts";
import type { Trouble } from "../watched/incidents.ts";
import { withoutSpan } from "./fault-text.ts";

/** Of those that are over. */
const SHOWN = 30;

export function Troubles() {
  void incidentsVersion.value;
  const all = main.incidents.troubles(show.value?.names ?? []);
  const holding = all.filter(({ to }) => to === null).reverse();
  const over = all.filter(({ to }) => to !== null).reverse();
  return (
    <section class="troubles" aria-labelledby="troubles-title">
      <h3 id="troubles-title">What befell it</h3>
      {all.length === 0 ? <p class="quiet">Nothing so far.</p> : null}
      <ul>
        {holding.map((trouble) => (
          <One key={trouble.row} trouble={trouble} />
        ))}
        {over.slice(0, SHOWN).map((trouble) => (
          <One key={trouble.row} trouble={trouble} />
        ))}
      </ul>
      {over.length > SHOWN ? <p class="quiet">and {over.length - SHOWN} before</p> : null}
    </section>
  );
}

function One({ trouble: { says, from, to, process } }: { readonly trouble: Trouble }) {
  const names = show.value?.names ?? [];
  const holds = /^(?:crash|wipe|pause) /.exec(says)?.[0];
  const until = to === from ? "" : to === null ? " … still" : ` … ${instant(to)}`;
  return (
    <li class={to === null ? "holds" : ""}>
      <span>{withoutSpan(says)}</span>
      <span class="quiet">
        {instant(from)}
        {until}
      </span>
      {to === null && holds !== undefined ? (
        <button
          type="button"
          disabled={hindrance("fault") !== null}
          onClick={() => act({ do: "recover", process })}
        >
          Recover {names[process]}
        </button>
      ) : null}
    </li>
  );
}
