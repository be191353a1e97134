// Seed 000: a factory that goes on. Its claims are about its own program; here they are put to ours, beside
// what its authors recorded of theirs, and what was observed of it (end items in ten minutes).
import type { Description } from "../../analysis/statistics.ts";
import { short, withInterval } from "../../experiments/experiment-words.ts";
import type { Claim, ClaimVerdict, Evidence } from "./claim.ts";

const FAILURES = "factory/failures";
const INNER = "factory/failures-inner";
const SCALE = "factory/scale";
const LEADER_KILLED = "factory/leader-killed";
const ENDS_KILLED = "factory/ends-killed";
const HEARTBEAT = "factory/heartbeat";

/** Failures a minute, as cells of both experiments name them. */
const RATES = ["none", "1 a minute", "5 a minute", "10 a minute", "20 a minute", "60 a minute"];
/** What the authors recorded at those, end items a minute. */
const RECORDED = "of the original 10, 5.8, 0.1, 0.2, 0, 0";
/** Quantised by single lots, of which eighty are planned in the last tenth of a run. */
const BACK = 98;

/** A figure of each cell: `none 20.0 [19.9, 20.1]; 1 a minute …`. */
const each = (cells: readonly string[], figure: (cell: string) => string | Description): string =>
  cells
    .map((cell) => {
      const found = figure(cell);
      return `${cell} ${typeof found === "string" ? found : withInterval(found)}`;
    })
    .join("; ");

const all = (yes: boolean, no: ClaimVerdict): ClaimVerdict => (yes ? "confirmed" : no);

/** How many runs of these cells there are, and how many in which a check failed. */
function countOf({ rows }: Evidence, cells: readonly string[]) {
  const runs = cells.flatMap((cell) => rows(cell));
  return { runs: runs.length, wrong: runs.filter(({ failed }) => failed.length > 0).length };
}

function uninterrupted(preset: string, who: string, reason: string): Claim {
  const judge: Claim["judge"] = ({ of }) => {
    const usual = of("none", "gap_max");
    const goesOn = RATES.slice(1).filter((cell) => of(cell, "gap_max").mean <= 2 * usual.mean);
    return {
      verdict: all(goesOn.length === RATES.length - 1, goesOn.length > 0 ? "depends" : "refuted"),
      figure: `longest time without an end item, s: ${each(RATES, (cell) => of(cell, "gap_max"))}; share of what could be made that those who were there could make, %: ${each(RATES, (cell) => short(of(cell, "alive_percent").mean))}`,
      reason: `Uninterrupted is taken for: no pause more than twice as long as without failures. ${reason}`,
    };
  };
  return {
    seed: "000",
    claim: `Uninterrupted production with multiple failures, ${who}.`,
    preset,
    judge,
  };
}

/** Of a plant that was left alone, and of the same struck: which share of what leaves is left. */
function tolerant(preset: string, who: string, reason: string): Claim {
  const judge: Claim["judge"] = (evidence) => {
    const { of } = evidence;
    const made = (cell: string) => of(cell, "disorder_per_minute");
    const kept = RATES.map((cell) => made(cell).mean / made("none").mean);
    const { runs, wrong } = countOf(evidence, RATES);
    // Up to five a minute, and beyond.
    const [one, five, ten] = [kept[1]!, kept[2]!, kept[3]!];
    return {
      verdict: wrong > 0 || one < 0.5 ? "refuted" : all(Math.min(five, ten) >= 0.5, "depends"),
      figure: `end items a minute while stages are killed: ${each(RATES, made)}; ${RECORDED}`,
      reason: `High is taken for ten failures a minute, and tolerant for half of production: ${(100 * five).toFixed(0)} % is left at five, ${(100 * ten).toFixed(0)} % at ten. ${reason} In ${wrong === 0 ? "none" : wrong} of ${runs} runs was anything lost or used twice, by the audit of every commit.`,
    };
  };
  return {
    seed: "000",
    claim: `Fault-tolerant to a high degree of failures, ${who}.`,
    preset,
    judge,
  };
}

const follows: Claim = {
  seed: "000",
  claim: "(Ours.) Production follows the stages that are there.",
  preset: FAILURES,
  judge: ({ of }) => {
    // Where next to nothing could be made, what is left in the plant decides.
    const some = RATES.filter((cell) => of(cell, "alive_percent").mean >= 10);
    const followed = (cell: string) => of(cell, "followed_percent");
    const off = Math.max(...some.map((cell) => Math.abs(followed(cell).mean - 100)));
    return {
      verdict: all(off <= 5, "depends"),
      figure: `end items, of those that who was there could have made by the best plan, %: ${each(some, followed)}`,
      reason: `Within ${off.toFixed(1)} %, though it takes 5 to 6 s until a death is noticed: there is stock between the stages. At 20 and 60 a minute those who are there could make ${short(of("20 a minute", "alive_percent").mean)} and ${short(of("60 a minute", "alive_percent").mean)} % of what all could.`,
    };
  },
};

const returns: Claim = {
  seed: "000",
  claim: "(Ours.) Production returns to plan after the last failure, in every run.",
  preset: FAILURES,
  judge: (evidence) => {
    const { of } = evidence;
    const least = Math.min(...RATES.map((cell) => of(cell, "back_percent").min));
    return {
      verdict: all(least >= BACK, "refuted"),
      figure: `end items in the last four minutes, of those planned, %, in the worst run: ${each(RATES, (cell) => short(of(cell, "back_percent").min))}`,
      reason: `A lot is 1.25 %. The last stage is back four minutes before; a plant that stood so long that it was empty takes up to that to fill. ${countOf(evidence, RATES).runs} runs.`,
    };
  },
};

const recovered: Claim = {
  seed: "000",
  claim: "Recovered nodes return to the flow (of the original: never).",
  preset: INNER,
  judge: ({ of }) => {
    const cells = RATES.slice(2);
    const least = Math.min(...cells.map((cell) => of(cell, "back_percent").min));
    return {
      verdict: all(least >= BACK, "refuted"),
      figure: `share of the run in which a stage was there, %: ${each(cells, (cell) => short(of(cell, "availability_percent").mean))}; end items once all are back, of those planned, %, in the worst run: ${short(least)}`,
      reason:
        "At five kills a minute and more, each of the twelve stages has been dead for most of the time: what is made in the end is made by recovered ones.",
    };
  },
};

const scaled: Claim = {
  seed: "000",
  claim: "Easily scaled.",
  preset: SCALE,
  judge: ({ of }) => {
    const low = [5, 8, 15, 20, 25, 30].map(
      (types) => `low, ${types} types, ${stagesOf(types)} stages`,
    );
    const high = low.map((cell) => cell.replace("low", "high"));
    const kept = low.map((cell) => of(cell, "plan_percent").mean);
    const ships = (cell: string) => short(of(cell, "shipped").mean);
    return {
      verdict: Math.min(...kept) < 90 ? "refuted" : "depends",
      figure: `end items of those planned, %: ${each(low, (cell) => of(cell, "plan_percent"))}; end items in fifteen minutes: ${each(high, ships)}; of the original in ten 167 with 8 nodes, 23 with 18, none with 28 to 58`,
      reason:
        "Where a type needs one or two others, a plant of 58 stages makes what its plan says, as one of 8 does. Where nearly each needs nearly all before it, an end item takes 374 lots of the first item with 15 types, and 2.8 million with 30: by `orrery factory plan` one leaves in 6 minutes, and one in a month. That nothing left the original's plants from 28 nodes on need not have been its program's fault alone.",
    };
  },
};

/** Of a plant of so many types: two stages of each but the first and the last, or one where there are 25. */
const stagesOf = (types: number): number => (types === 25 ? 25 : 2 * types - 2);

const leaders: Claim = {
  seed: "000",
  claim:
    "The death of a leader is repaired, and the next death after it (of the original: neither, ever).",
  preset: LEADER_KILLED,
  judge: ({ of }) => {
    const struck = [
      "a stage",
      "a candidate once, and a stage",
      "the leader for good, and a stage",
      "whoever leads, every 20 s, and a stage",
    ];
    const planned = struck.every((cell) => of(cell, "substitute").min > 0);
    const replaced = of(struck[2]!, "terms").min >= 1;
    return {
      verdict: all(planned && replaced, "refuted"),
      figure: `time until another stands in for the stage, s: ${each(struck, (cell) => of(cell, "substitute"))}; longest time without an end item, s: nobody dies ${withInterval(of("nobody", "gap_max"))}, ${struck[3]} ${withInterval(of(struck[3]!, "gap_max"))}`,
      reason: `Another takes the lease, and plans. Stages work on by the flow that they have stored: ${short(of(struck[3]!, "terms").mean)} changes of leaders in nine minutes cost nothing that can be seen.`,
    };
  },
};

const ends: Claim = {
  seed: "000",
  claim:
    "The start or the end is killed, and production goes on (of the original: for ever 0 end items).",
  preset: ENDS_KILLED,
  judge: ({ of }) => {
    const cells = ["the start", "the end", "one of its kind", "one of three"];
    // Or the pause would last until the end of the run.
    const pause = 60 + 2 * of("nobody", "gap_max").mean;
    const goesOn = cells.every((cell) => of(cell, "gap_max").max <= pause);
    return {
      verdict: goesOn ? "depends" : "refuted",
      figure: `dead for 60 s: longest time without an end item, s: ${each(["nobody", ...cells], (cell) => of(cell, "gap_max"))}; end items in nine minutes: ${each(["nobody", ...cells], (cell) => of(cell, "shipped"))}`,
      reason:
        "While the only stage of its kind is dead, nothing can be made, and nobody else is taken for the end. It goes on as soon as that is back: what waits before a dead end leaves then, what a dead start did not make is lost. One of three is not missed.",
    };
  },
};

const alive: Claim = {
  seed: "000",
  claim:
    "Nobody is taken for dead who is not (of the original 216 false reports, with 15 types, without failures).",
  preset: SCALE,
  judge: (evidence) => {
    const cells = ["low", "high"].flatMap((complexity) =>
      [5, 8, 15, 20, 25, 30].map(
        (types) => `${complexity}, ${types} types, ${stagesOf(types)} stages`,
      ),
    );
    const runs = cells.flatMap((cell) => evidence.rows(cell));
    const deaths = runs.reduce((sum, { metrics }) => sum + metrics.false_deaths!, 0);
    return {
      verdict: all(deaths === 0, "refuted"),
      figure: `${deaths} false deaths in ${runs.length} runs of a quarter of an hour, of plants of 8 to 58 stages`,
      reason:
        "Messages are taken at once, whatever a stage is doing: there, beats waited behind a transport that slept for 1 to 3 s. A day of 58 stages over links that lose one message in a hundred is in [factory-day.md](factory-day.md).",
    };
  },
};

const detected: Claim = {
  seed: "000",
  claim:
    "(Ours.) A death is noticed after 5 to 6 heartbeats (of the original after 12 to 18 s, at beats of 3 s).",
  preset: HEARTBEAT,
  judge: ({ of, rows }) => {
    const beats = { "200ms": 0.2, "500ms": 0.5, "1s": 1, "2s": 2, "5s": 5 };
    const cells = Object.keys(beats).map((beat) => `leader.heartbeat ${beat}`);
    const inBeats = Object.values(beats).flatMap((beat, index) =>
      rows(cells[index]!).map(({ metrics }) => metrics.detection! / beat),
    );
    // A run in which no death lasted so long has none.
    const noticed = inBeats.filter((silence) => silence > 0);
    const [least, most] = [Math.min(...noticed), Math.max(...noticed)];
    return {
      verdict: all(least >= 5 && most <= 6, "depends"),
      figure: `silence when a stage is taken for dead: ${least.toFixed(2)} … ${most.toFixed(2)} heartbeats; time until another stands in for it, s: ${each(cells, (cell) => of(cell, "substitute"))}`,
      reason:
        "Three heartbeats of silence are suspect, and two more are given to refute that; the leader looks twice a heartbeat. Changes are then let settle for a second, and planned for.",
    };
  },
};

export const SEED_000: readonly Claim[] = [
  uninterrupted(
    INNER,
    "of stages that others can stand in for",
    "It is so at one failure a minute: a pause is the time until the death is noticed and planned for. With five, and three a minute back at most, as there, soon nobody is left of some type.",
  ),
  uninterrupted(
    FAILURES,
    "of anybody",
    "A plant with one start and one end stands whenever one of those is down; the more often the more failures there are.",
  ),
  tolerant(
    INNER,
    "as the original was tested",
    "Three a minute come back at most, so most are dead.",
  ),
  tolerant(FAILURES, "of anybody", "Ten a minute come back at most."),
  follows,
  returns,
  recovered,
  scaled,
  leaders,
  ends,
  alive,
  detected,
];
