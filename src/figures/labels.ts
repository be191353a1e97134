import * as Plot from "@observablehq/plot";

/** A label that stands beside the end of a line. */
export type EndLabel = { readonly at: number; readonly text: string; readonly colour: string };

/** Where labels stand: a chart to `end` and, `height` px high, from 0 to `top`; `room` is a label's height, px. */
export type EndOfChart = {
  readonly end: number;
  readonly top: number;
  readonly height: number;
  readonly room: number;
};

/** Labels beside the right end of a chart; `at` is in its unit. */
export function endLabels(
  labels: readonly EndLabel[],
  { end, top, height, room }: EndOfChart,
): Plot.Markish[] {
  const px = labels.map((label) => ({ ...label, at: height * (1 - label.at / top) }));
  return apart(px, room, height).map((label) =>
    Plot.text([label], {
      x: () => end,
      y: () => top * (1 - label.at / height),
      text: "text",
      fill: label.colour,
      fontWeight: 600,
      textAnchor: "start",
      dx: 6,
    }),
  );
}

/**
 * Moves labels apart so that none covers another, and as little as possible: those that overlap
 * share their mean place. `at` and the result are in px from the top; `room` is a label's height.
 */
function apart(labels: readonly EndLabel[], room: number, bottom: number): EndLabel[] {
  const sorted = [...labels].sort((a, b) => a.at - b.at);
  let groups = sorted.map((label) => ({ centre: label.at, members: [label] }));
  for (let merged = true; merged; ) {
    merged = false;
    const next: typeof groups = [];
    for (const group of groups) {
      const last = next.at(-1);
      if (
        last !== undefined &&
        group.centre - last.centre < reach(last, room) + reach(group, room)
      ) {
        const members = [...last.members, ...group.members];
        const half = (members.length * room) / 2;
        const mean = members.reduce((sum, { at }) => sum + at, 0) / members.length;
        next[next.length - 1] = { members, centre: Math.min(Math.max(mean, half), bottom - half) };
        merged = true;
      } else {
        next.push(group);
      }
    }
    groups = next;
  }
  return groups.flatMap(({ centre, members }) =>
    members.map((label, index) => ({
      ...label,
      at: centre + (index - (members.length - 1) / 2) * room,
    })),
  );
}

const reach = (group: { readonly members: readonly EndLabel[] }, room: number): number =>
  (group.members.length * room) / 2;
