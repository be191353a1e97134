// The runs view: kept runs, failures and experiments, the latest first, with their reports and figures.
import { useSignal, useSignalEffect } from "@preact/signals";
import type { KeptFolder } from "../protocol.ts";
import { act, complaint, mayAct, view, watch } from "./store.ts";
import "./runs.css";

/** So many are shown at first, and more of each time. */
const SHOWN = 100;

export function Runs() {
  const all = useSignal<readonly KeptFolder[] | null>(null);
  const filter = useSignal("");
  const most = useSignal(SHOWN);
  const load = async (): Promise<void> => {
    all.value = await listed();
  };
  useSignalEffect(() => void load());
  if (all.value === null) return <p>Looking for kept runs …</p>;
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.value.filter((folder) => matches(folder, words));
  const shown = found.slice(0, most.value);
  return (
    <section class="runs" aria-label="Kept runs and experiments">
      <search class="runs-find">
        <label>
          Find{" "}
          <input
            type="search"
            placeholder="system, kind, folder, failed …"
            value={filter.value}
            onInput={({ currentTarget }) => {
              filter.value = currentTarget.value;
              most.value = SHOWN;
            }}
          />
        </label>
        <output>
          {found.length} of {all.value.length}
        </output>
        <button type="button" onClick={load}>
          look again
        </button>
      </search>
      {all.value.length === 0 ? (
        <p>
          Nothing is kept yet. <code>orrery run</code> and <code>orrery experiment</code> keep what
          they do under <code>runs/</code>.
        </p>
      ) : null}
      <ul>
        {shown.map((folder) => (
          <Folder key={folder.id} folder={folder} />
        ))}
      </ul>
      {shown.length < found.length ? (
        <button
          type="button"
          onClick={() => {
            most.value += SHOWN;
          }}
        >
          show more
        </button>
      ) : null}
    </section>
  );
}

async function listed(): Promise<readonly KeptFolder[]> {
  try {
    const answer = await fetch("/api/runs");
    return (await answer.json()) as readonly KeptFolder[];
  } catch {
    complaint.value = "The list of runs could not be loaded.";
    return [];
  }
}

/** Does it have all these words? `failed` and `unknown` are those whose checks came out so. */
function matches(folder: KeptFolder, words: readonly string[]): boolean {
  const { title, kind, system, runtime, says, verdicts } = folder;
  const outcome = `${verdicts.failed > 0 ? "failed" : ""} ${verdicts.unknown > 0 ? "unknown" : ""}`;
  const text = `${title} ${kind} ${system} ${runtime} ${says} ${outcome}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function Folder({ folder }: { readonly folder: KeptFolder }) {
  const { id, kind, title, system, runtime, says, seed, when, report, figures, opens } = folder;
  const of = useSignal(false);
  const about = [system, runtime, seed === null ? "" : `seed ${seed}`].filter(Boolean).join(", ");
  return (
    <li class={`runs-${kind}`}>
      <div class="runs-head">
        <h2>{title}</h2>
        <span class="runs-kind">{kind}</span>
        <span class="runs-about">{about}</span>
        <Verdicts folder={folder} />
        <time dateTime={new Date(when).toISOString()}>{new Date(when).toLocaleString()}</time>
      </div>
      {says === "" ? null : <p>{says}</p>}
      <div class="runs-do">
        {opens ? (
          <button
            type="button"
            disabled={!mayAct.value}
            title={mayAct.value ? undefined : "Needs the key of the printed address"}
            aria-label={`open ${title}`}
            onClick={() => open(id)}
          >
            open
          </button>
        ) : null}
        {report === null ? null : (
          <a href={`/files/${id}/${report}`} target="_blank" rel="noopener noreferrer">
            report
          </a>
        )}
        {figures.length === 0 ? null : (
          <button
            type="button"
            aria-expanded={of.value}
            aria-label={`figures of ${title}`}
            onClick={() => {
              of.value = !of.value;
            }}
          >
            {of.value ? "hide figures" : "figures"}
          </button>
        )}
      </div>
      {of.value ? <Figures id={id} names={figures} /> : null}
    </li>
  );
}

function Verdicts({ folder }: { readonly folder: KeptFolder }) {
  const { held, failed, unknown } = folder.verdicts;
  const what = folder.kind === "experiment" ? "runs" : "checks";
  const said = [
    ["held", held, "✓"],
    ["failed", failed, "✗"],
    ["unknown", unknown, "?"],
  ] as const;
  return (
    <span class="runs-verdicts">
      {said.map(([outcome, count, sign]) =>
        count === 0 ? null : (
          <span key={outcome} class={`runs-${outcome}`} title={`${count} ${what} ${outcome}`}>
            <span aria-hidden="true">{sign}</span> {count}
            <span class="unseen"> {`${what} ${outcome}`}</span>
          </span>
        ),
      )}
    </span>
  );
}

/** Of a figure that is there twice the drawing is shown, and the picture is linked. */
function Figures({ id, names }: { readonly id: string; readonly names: readonly string[] }) {
  const drawings = names.filter((name) => name.endsWith(".svg"));
  const pictures = names.filter((name) => !drawings.includes(name.replace(/png$/, "svg")));
  return (
    <div class="runs-figures">
      {[...drawings, ...pictures].map((name) => (
        <a key={name} href={`/files/${id}/${name}`} target="_blank" rel="noopener noreferrer">
          <img src={`/files/${id}/${name}`} alt={name.replace(/\.\w+$/, "")} loading="lazy" />
          <span>{name.replace(/\.\w+$/, "")}</span>
        </a>
      ))}
    </div>
  );
}

/** Opens a kept run as a show, and shows that. */
async function open(folder: string): Promise<void> {
  const id = await act({ do: "open", folder }, null);
  if (typeof id !== "string") return;
  watch(id);
  view.value = "overview";
}
