// Faults as one chooses them in a form, in the words of the notation.

/** Whom, and for how long: seconds from now; null: for good. */
type Common = { readonly seconds: number | null };
type OfOne = Common & { readonly whom: string };
type OfLinks = Common & {
  readonly a: readonly string[];
  /** Nobody: all others. */
  readonly b: readonly string[];
  readonly oneWay: boolean;
};

export type Chosen =
  | (OfOne & { readonly kind: "kill"; readonly wipes: boolean })
  | (OfOne & { readonly kind: "pause" })
  | (OfOne & { readonly kind: "slow"; readonly rate: number })
  | (OfOne & {
      readonly kind: "clock";
      readonly model: "offset" | "step" | "drift" | "sine";
      /** Seconds that it is off; or how fast it runs; or how far it swings, s. */
      readonly by: number;
      /** Seconds of a swing. */
      readonly period: number;
    })
  | (OfLinks & { readonly kind: "partition" })
  | (OfLinks & { readonly kind: "links"; readonly delayMs: number; readonly loss: number })
  | { readonly kind: "typed"; readonly text: string };

export const CHOICES = ["kill", "pause", "slow", "partition", "links", "clock", "typed"] as const;

/** The faults that were chosen: links may be slow and lossy at once. Empty: not all has been chosen yet. */
export function faultTexts(chosen: Chosen): readonly string[] {
  switch (chosen.kind) {
    case "typed":
      return chosen.text.trim() === "" ? [] : [chosen.text.trim()];
    case "kill":
      return ofOne(chosen, chosen.wipes ? "wipe" : "crash");
    case "pause":
      return ofOne(chosen, "pause");
    case "slow":
      return ofOne(chosen, "slow", String(chosen.rate));
    case "clock":
      return ofOne(
        chosen.model === "step" ? { ...chosen, seconds: null } : chosen,
        "clock",
        clock(chosen),
      );
    case "partition":
      return ofLinks(chosen, "partition");
    case "links": {
      const { delayMs, loss } = chosen;
      return [
        ...(delayMs > 0 ? ofLinks(chosen, "delay", `${delayMs}ms`) : []),
        ...(loss > 0 ? ofLinks(chosen, "loss", String(loss)) : []),
      ];
    }
  }
}

const spanOf = ({ seconds }: Common): string => (seconds === null ? "0s" : `0s..${seconds}s`);

const ofOne = (fault: OfOne, kind: string, ...rest: string[]): readonly string[] =>
  fault.whom === "" ? [] : [[kind, fault.whom, spanOf(fault), ...rest].join(" ")];

function ofLinks(fault: OfLinks, kind: string, ...rest: string[]): readonly string[] {
  if (fault.a.length === 0) return [];
  const others = fault.b.length === 0 ? "*" : fault.b.join(",");
  const links = `${fault.a.join(",")}${fault.oneWay ? ">" : "|"}${others}`;
  return [[kind, links, spanOf(fault), ...rest].join(" ")];
}

function clock({ model, by, period }: Extract<Chosen, { kind: "clock" }>): string {
  if (model === "drift") return `drift ${by}`;
  return model === "sine" ? `sine ${by}s ${period}s` : `${model} ${by}s`;
}

/** The same in few words for a list: its span is told beside it. */
export const withoutSpan = (text: string): string =>
  text.replace(/^(\S+ \S+) [\d.]+(?:us|ms|s|min|h)?(?:\.\.[\d.]+(?:us|ms|s|min|h)?)?/, "$1");
