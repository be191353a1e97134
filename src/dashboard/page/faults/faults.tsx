// The panel that breaks things: a fault is chosen in a form, told in the words of the notation, and put into the run or
// into a branch of it; beneath, what befell the run so far, and the line that repeats it all.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { branch } from "../branches/beside-state.ts";
import { attempt, frame, hindrance, selected, show } from "../store.ts";
import { chosenKind } from "./chosen.ts";
import { FaultFields, FIRST, type Fields } from "./fault-fields.tsx";
import { CHOICES, type Chosen, faultTexts } from "./fault-text.ts";
import { Repeat } from "./repeat.tsx";
import { choosing, namesOf } from "./sides.ts";
import { Troubles } from "./troubles.tsx";
import "./faults.css";

const NAMES: { readonly [kind in (typeof CHOICES)[number]]: string } = {
  kill: "Kill",
  pause: "Pause",
  slow: "Slow",
  partition: "Partition",
  links: "Links",
  clock: "Clock",
  typed: "Type it",
};

const VERBS: { readonly [kind in Chosen["kind"]]: string } = {
  ...NAMES,
  links: "Trouble these links",
  clock: "Change its clock",
  typed: "Do it",
};

export function Faults() {
  useEffect(() => {
    choosing.value = chosenKind.value === "partition" || chosenKind.value === "links";
    return () => {
      choosing.value = false;
    };
  }, [chosenKind.value]);
  return (
    <>
      <fieldset class="kinds" aria-label="Kind of fault">
        {CHOICES.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={chosenKind.value === kind}
            onClick={() => {
              chosenKind.value = kind;
            }}
          >
            {NAMES[kind]}
          </button>
        ))}
      </fieldset>
      <FaultForm />
      <Troubles />
      <Repeat />
    </>
  );
}

function FaultForm() {
  const fields = useSignal<Fields>(FIRST);
  const refused = useSignal<string | null>(null);
  const info = show.value;
  if (info === null) return null;
  const names = info.names;
  const whom = names[selected.value ?? 0] ?? "";
  const chosen = chosenOf(fields.value, names, fields.value.whom ?? whom);
  const texts = faultTexts(chosen);
  const reason = hindrance("fault") ?? endedReason();
  const put = async (work: (text: string) => Promise<unknown>): Promise<void> => {
    refused.value = null;
    try {
      for (const text of texts) await work(text);
    } catch (cause) {
      refused.value = (cause as Error).message;
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        put((text) => attempt({ do: "fault", text }));
      }}
    >
      {reason === null ? null : <p class="reason">{reason}</p>}
      <fieldset disabled={reason !== null}>
        <FaultFields fields={fields} whom={fields.value.whom ?? whom} />
        {texts.length === 0 ? (
          <p class="quiet">{MISSING[chosen.kind]}</p>
        ) : (
          <code class="fault-text">{texts.join("\n")}</code>
        )}
        {refused.value === null ? null : (
          <p class="refused" role="alert">
            {refused.value}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class="primary" disabled={texts.length === 0}>
            {VERBS[chosen.kind]}
          </button>
          <button
            type="button"
            disabled={texts.length !== 1 || hindrance("branch") !== null}
            title={
              hindrance("branch") ?? "The run stays as it is, and the branch is shown beside it"
            }
            onClick={() => put((fault) => branch({ fault }))}
          >
            in a branch
          </button>
        </div>
      </fieldset>
    </form>
  );
}

const MISSING: { readonly [kind in Chosen["kind"]]: string } = {
  kill: "Say whom.",
  pause: "Say whom.",
  slow: "Say whom.",
  clock: "Say whom.",
  partition: "Put machines on side A: click them, or draw a line around them.",
  links: "Put machines on side A, and say how slow or lossy their links are.",
  typed: "Write a fault; its times count from now.",
};

function endedReason(): string | null {
  return frame.value?.ended === true ? "The run has ended: go back to change what happened." : null;
}

function chosenOf(fields: Fields, names: readonly string[], whom: string): Chosen {
  const { seconds, wipes, rate, model, by, period, delayMs, loss, oneWay, text } = fields;
  const links = { seconds, a: namesOf("a", names), b: namesOf("b", names), oneWay };
  switch (chosenKind.value) {
    case "kill":
      return { kind: "kill", whom, seconds, wipes };
    case "pause":
      return { kind: "pause", whom, seconds };
    case "slow":
      return { kind: "slow", whom, seconds, rate };
    case "clock":
      return { kind: "clock", whom, seconds, model, by: by[model], period };
    case "partition":
      return { kind: "partition", ...links };
    case "links":
      return { kind: "links", ...links, delayMs, loss };
    case "typed":
      return { kind: "typed", text };
  }
}
