// The fields of the form in which a fault is chosen.
import type { Signal } from "@preact/signals";
import { amount } from "../format.ts";
import { frame, show } from "../store.ts";
import { chosenKind } from "./chosen.ts";
import { chooseSide, namesOf, type Side, sides } from "./sides.ts";

const MODELS = ["offset", "step", "drift", "sine"] as const;
type Model = (typeof MODELS)[number];

export type Fields = {
  /** Null: the one that is selected. */
  readonly whom: string | null;
  /** Null: for good. */
  readonly seconds: number | null;
  readonly wipes: boolean;
  readonly rate: number;
  readonly model: Model;
  readonly by: { readonly [model in Model]: number };
  readonly period: number;
  readonly delayMs: number;
  readonly loss: number;
  readonly oneWay: boolean;
  readonly text: string;
};

export const FIRST: Fields = {
  ...{ whom: null, seconds: 5, wipes: false, rate: 1, model: "drift", period: 10 },
  by: { offset: -3, step: 3, drift: 1.05, sine: 0.5 },
  ...{ delayMs: 50, loss: 0, oneWay: false, text: "" },
};

type Props = { readonly fields: Signal<Fields>; readonly whom: string };

export function FaultFields({ fields, whom }: Props) {
  const set = (change: Partial<Fields>): void => {
    fields.value = { ...fields.value, ...change };
  };
  const now = fields.value;
  const kind = chosenKind.value;
  if (kind === "typed") return <Typed {...{ now, set }} />;
  const isOfLinks = kind === "partition" || kind === "links";
  return (
    <>
      {isOfLinks ? <Sides {...{ now, set }} /> : <Whom {...{ whom, set }} />}
      {kind === "kill" ? (
        <Check name="Its store is lost too" is={now.wipes} set={(wipes) => set({ wipes })} />
      ) : null}
      {kind === "slow" ? <Rate {...{ now, set, whom }} /> : null}
      {kind === "clock" ? <Clock {...{ now, set }} /> : null}
      {kind === "links" ? <Links {...{ now, set }} /> : null}
      {kind === "clock" && now.model === "step" ? null : <HowLong {...{ now, set }} />}
    </>
  );
}

type Set = (change: Partial<Fields>) => void;
type FieldsProps = { readonly now: Fields; readonly set: Set };

/** One of a thousand is typed rather than picked. */
function Whom({ whom, set }: { readonly whom: string; readonly set: Set }) {
  return (
    <label class="field">
      <span>Machine</span>
      <input
        list="machine-names"
        value={whom}
        onFocus={({ currentTarget }) => currentTarget.select()}
        onInput={({ currentTarget }) => set({ whom: currentTarget.value || null })}
      />
      <datalist id="machine-names">
        {show.value?.names.slice(0, NAMES_MAX).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}

/** Names that are offered. */
const NAMES_MAX = 200;

function HowLong({ now: { seconds }, set }: FieldsProps) {
  return (
    <div class="field">
      <span>For</span>
      <span class="row">
        <NumberOf
          name="Seconds of the run"
          value={seconds ?? FIRST.seconds!}
          min={0.001}
          disabled={seconds === null}
          set={(value) => set({ seconds: value })}
        />
        s
        <Check
          name="for good"
          is={seconds === null}
          set={(is) => set({ seconds: is ? null : FIRST.seconds })}
        />
      </span>
    </div>
  );
}

/** From a tenth of the fastest to the fastest, in even ratios. */
function Rate({ now: { rate }, set, whom }: FieldsProps & { readonly whom: string }) {
  const process = show.value?.names.indexOf(whom) ?? -1;
  const own = frame.value?.standings.rate[process] || 100;
  const [low, high] = [Math.log10(own / 100), Math.log10(own)];
  return (
    <label class="field">
      <span>Steps a second, at most</span>
      <span class="row">
        <input
          type="range"
          min={low}
          max={high}
          step="0.02"
          value={Math.log10(rate)}
          aria-valuetext={`${amount(rate)} a second`}
          onInput={({ currentTarget }) =>
            set({ rate: Number((10 ** Number(currentTarget.value)).toPrecision(2)) })
          }
        />
        <output>{amount(rate)}</output>
      </span>
    </label>
  );
}

const SAYS: { readonly [model in Model]: string } = {
  offset: "is off by, s",
  step: "jumps by, s",
  drift: "runs at, × true",
  sine: "swings by, s",
};

function Clock({ now: { model, by, period }, set }: FieldsProps) {
  return (
    <>
      <label class="field">
        <span>Its clock</span>
        <select
          value={model}
          onChange={({ currentTarget }) => set({ model: currentTarget.value as Model })}
        >
          {MODELS.map((name) => (
            <option key={name} value={name}>
              {SAYS[name]}
            </option>
          ))}
        </select>
      </label>
      <div class="field">
        <span>By</span>
        <span class="row">
          <NumberOf
            name={SAYS[model]}
            value={by[model]}
            set={(value) => set({ by: { ...by, [model]: value } })}
          />
          {model === "sine" ? (
            <>
              in
              <NumberOf
                name="Period, s"
                value={period}
                min={0.1}
                set={(value) => set({ period: value })}
              />
              s
            </>
          ) : null}
        </span>
      </div>
    </>
  );
}

function Sides({ now: { oneWay }, set }: FieldsProps) {
  const names = show.value?.names ?? [];
  return (
    <>
      <p class="quiet">
        Click machines to put them on side A or B, or draw a line around some in the picture.
      </p>
      <SideOf side="a" members={namesOf("a", names)} none="nobody yet" />
      <SideOf side="b" members={namesOf("b", names)} none="all others" />
      <div class="row spread">
        <Check name="only from A to B" is={oneWay} set={(is) => set({ oneWay: is })} />
        <button
          type="button"
          class="plain"
          disabled={sides.value.size === 0}
          onClick={() => {
            sides.value = new Map();
          }}
        >
          Clear
        </button>
      </div>
    </>
  );
}

/** Names of a side that are told one by one. */
const TOLD = 6;

function SideOf(props: {
  readonly side: Side;
  readonly members: readonly string[];
  readonly none: string;
}) {
  const { side, members, none } = props;
  const more = members.length > TOLD ? ` and ${members.length - TOLD} more` : "";
  return (
    <div class="side-of">
      <span class={`side ${side}`}>{side.toUpperCase()}</span>
      <span>{members.length === 0 ? none : members.slice(0, TOLD).join(", ") + more}</span>
      {members.length === 0 ? null : (
        <button
          type="button"
          class="plain"
          aria-label={`Nobody on side ${side.toUpperCase()}`}
          onClick={() => chooseSide([], side)}
        >
          ×
        </button>
      )}
    </div>
  );
}

function Links({ now: { delayMs, loss }, set }: FieldsProps) {
  return (
    <div class="field">
      <span>Later by</span>
      <span class="row">
        <NumberOf
          name="Delay, ms"
          value={delayMs}
          min={0}
          set={(value) => set({ delayMs: value })}
        />
        ms, lost
        <NumberOf
          name="Lost, per cent"
          value={Number((100 * loss).toPrecision(4))}
          min={0}
          max={100}
          set={(value) => set({ loss: value / 100 })}
        />
        %
      </span>
    </div>
  );
}

function Typed({ now: { text }, set }: FieldsProps) {
  const [one = "a", other = "b"] = show.value?.names ?? [];
  return (
    <label class="field wide">
      <span>Fault, its times from now</span>
      <input
        value={text}
        spellcheck={false}
        autocomplete="off"
        placeholder={`duplicate ${one}|${other} 0s..5s 0.5`}
        onInput={({ currentTarget }) => set({ text: currentTarget.value })}
      />
    </label>
  );
}

function Check(props: {
  readonly name: string;
  readonly is: boolean;
  readonly set: (is: boolean) => void;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.is}
        onChange={({ currentTarget }) => props.set(currentTarget.checked)}
      />{" "}
      {props.name}
    </label>
  );
}

function NumberOf(props: {
  readonly name: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly disabled?: boolean;
  readonly set: (value: number) => void;
}) {
  const { name, value, min, max, disabled = false, set } = props;
  return (
    <input
      type="number"
      class="short"
      aria-label={name}
      {...{ value, min, max, disabled }}
      step="any"
      onInput={({ currentTarget }) => {
        if (currentTarget.validity.valid && currentTarget.value !== "") {
          set(currentTarget.valueAsNumber);
        }
      }}
    />
  );
}
