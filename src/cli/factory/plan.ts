// `orrery factory plan`: what a factory file can make, what limits it, and what the loss of a stage costs.
import { join } from "node:path";
import { countIn } from "../../core/counting.ts";
import { EXIT, OrreryError } from "../../core/errors.ts";
import { suggestion } from "../../core/parse.ts";
import type { Table } from "../../core/table.ts";
import { writeFigures } from "../../experiments/run-figures.ts";
import { newRunFolder, writeJson, writeText } from "../../experiments/run-folder.ts";
import type { FactoryParams } from "../../systems/factory/file/definition.ts";
import { classNamed, stagesOf } from "../../systems/factory/file/definition.ts";
import { plantBy } from "../../systems/factory/leading/planner.ts";
import { type Plan, planFlow } from "../../systems/factory/planning/plan.ts";
import { capacityOf, classesOf } from "../../systems/factory/planning/problem.ts";
import { ready } from "../../systems/factory/planning/solver.ts";
import { type Loss, nMinusOne, oneChain, oneMore } from "../../systems/factory/planning/what-if.ts";
import { type Plant, plantOf, type StagePlan } from "../../systems/factory/plant.ts";
import { readFactory } from "../factory-file.ts";
import { paint, say, sayJson, tableText } from "../print.ts";

export type PlanFileOptions = {
  readonly without?: readonly string[];
  readonly arcs?: boolean;
  readonly svg?: string;
  readonly out?: string;
  readonly json?: boolean;
};

/** All that is planned of a file, in hours of the plant. */
type Planned = {
  readonly name: string;
  readonly plant: Plant;
  readonly live: readonly boolean[];
  readonly nameplate: Plan;
  readonly derated: Plan;
  /** By class. */
  readonly losses: ReadonlyMap<string, { readonly nameplate: Loss; readonly derated: Loss }>;
};

/** `orrery factory plan`. */
export async function planFile(path: string, options: PlanFileOptions): Promise<number> {
  const params = readFactory(path);
  const live = liveOf(params, options.without ?? []);
  await ready();
  const planned = planOf(params, live);
  const folder = await draw(planned, options);
  if (options.json === true) sayJson(jsonOf(planned));
  else sayPlan(planned, options);
  if (options.json !== true && folder !== undefined) {
    say(`\n${folder}: flow.svg, flow.png, plan.json`);
  }
  return EXIT.held;
}

/** @throws OrreryError "config/option" for what is neither stage nor class */
function liveOf({ equipment }: FactoryParams, without: readonly string[]): ReadonlySet<string> {
  const all = Object.entries(equipment).flatMap(([name, { count }]) => stagesOf(name, count));
  const live = new Set(all);
  for (const name of without) {
    if (classNamed(name, equipment) === undefined) {
      const near = suggestion(name, [...Object.keys(equipment), ...all.slice(0, 1000)]);
      throw new OrreryError(
        "config/option",
        `--without "${name}": there is no such stage; ${near}`,
      );
    }
    const members = Object.hasOwn(equipment, name)
      ? stagesOf(name, equipment[name]!.count)
      : [name];
    for (const stage of members) live.delete(stage);
  }
  return live;
}

function planOf(params: FactoryParams, names: ReadonlySet<string>): Planned {
  const plant = plantBy(plantOf({ ...params, timeScale: 1 } as FactoryParams));
  const live = plant.stages.map(({ name }) => names.has(name));
  const derated = new Map(nMinusOne(plant, { live }).map((loss) => [loss.kind, loss]));
  return {
    name: params.factory,
    plant,
    live,
    nameplate: planFlow(plant, { live, derate: false }),
    derated: planFlow(plant, { live }),
    losses: new Map(
      nMinusOne(plant, { live, derate: false }).map((loss) => [
        loss.kind,
        { nameplate: loss, derated: derated.get(loss.kind)! },
      ]),
    ),
  };
}

function jsonOf({ plant, live, nameplate, derated, losses }: Planned) {
  const { stages } = plant;
  const [limit] = derated.limits;
  const [only, ...others] = nameplate.items;
  return {
    item: others.length === 0 ? only!.item : null,
    perHour: nameplate.perHour,
    derated: derated.perHour,
    bottleneck: limit?.name ?? null,
    shadowPrice: limit?.price ?? null,
    nMinusOne: [...losses.values()].map(({ nameplate: loss, derated: less }) => ({
      without: loss.without,
      share: loss.share,
      class: loss.kind,
      of: loss.of,
      perHour: loss.perHour,
      deratedShare: less.share,
    })),
    arcs: derated.arcs.map(([from, to, rate]) => ({
      from: stages[from]!.name,
      to: stages[to]!.name,
      item: stages[from]!.item,
      rate,
    })),
    items: derated.items,
    limits: derated.limits.map(({ stages: members, ...limited }) => ({
      ...limited,
      stages: members.map((id) => stages[id]!.name),
    })),
    stages: derated.stages.map(({ starts, use }, id) => ({
      name: stages[id]!.name,
      live: live[id],
      starts,
      use,
    })),
    oneChain: oneChain(plant, { live, derate: false }),
    best: derated.best && nameplate.best,
    reason: derated.reason ?? nameplate.reason,
  };
}

function sayPlan(planned: Planned, options: PlanFileOptions): void {
  const { name, plant, live, nameplate, derated } = planned;
  const down = plant.stages.filter(({ id }) => !live[id]).map((stage) => stage.name);
  const lost = down.length === 0 ? "" : ` without ${down.join(", ")}`;
  const items = nameplate.items.map(({ item }) => item).join(" and ");
  const rates = [nameplate, derated].map(({ perHour }) => rate(perHour));
  const less = rates[0] === rates[1] ? "" : `, ${rates[1]} with breakdowns and maintenance`;
  say(`${paint("bold", `${name}: ${rates[0]} ${items} an hour`)}${lost}${less}`);
  const { best, reason } = nameplate.reason === null ? derated : nameplate;
  if (reason !== null) say(`  ${best ? "" : "not the best there is: "}${reason}`);
  sayLimits(planned);
  const chain = oneChain(plant, { live, derate: false });
  if (nameplate.perHour > 0) {
    const share = percent(chain / nameplate.perHour);
    say(`  One stage for each item, as the original planned: ${rate(chain)} an hour, ${share}`);
  }
  say(`\n${tableText(classTable(planned))}`);
  say(`\n${tableText(lossTable(planned))}`);
  const points = [...planned.losses.values()].filter((loss) => loss.nameplate.share < 1e-9);
  const names = points.map((loss) => loss.nameplate.without).join(", ");
  if (nameplate.perHour > 0) say(`  Single points of failure: ${names || "none"}`);
  say(`\n${tableText(options.arcs === true ? arcTable(planned) : wayTable(planned))}`);
}

/** What limits the plan, with its shadow price in words. */
function sayLimits({ plant, live, derated }: Planned): void {
  const items = derated.items.map(({ item }) => item).join(" or ");
  for (const { kind, name, stages, price, share } of derated.limits) {
    const of = derated.limits.length === 1 ? "" : `, ${percent(share)} of all rests on it`;
    if (kind === "demand") {
      say(`  No more is made because no more is demanded of ${name}${of}`);
      continue;
    }
    if (kind === "route") {
      say(
        `  Bottleneck: the route ${name}; one unit more an hour gives ${rate(price)} ${items}${of}`,
      );
      continue;
    }
    const more = oneMore(plant, name, { live });
    const gain = percent(more / derated.perHour - 1);
    const members = `${stages.length} stage${stages.length === 1 ? "" : "s"}`;
    say(
      `  Bottleneck: ${name}, ${members}; one start more an hour gives ${rate(price)} ${items}${of}; one stage more, ${rate(more)} an hour (+${gain})`,
    );
  }
}

const rate = (value: number): string =>
  value === 0 || (value >= 100 && Math.abs(value - Math.round(value)) < 1e-6)
    ? String(Math.round(value))
    : value >= 100
      ? value.toFixed(1)
      : value >= 0.1
        ? value.toFixed(2)
        : String(+value.toPrecision(3));
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Classes with their stages that are live. */
function classRows({ plant, live }: Planned) {
  const given = Object.keys(plant.params.equipment);
  return [...classesOf(plant)]
    .sort((a, b) => given.indexOf(a.kind) - given.indexOf(b.kind))
    .map((plan): { readonly plan: StagePlan; readonly stages: readonly StagePlan[] } => ({
      plan,
      stages: plant.stages.filter(({ id, kind }) => kind === plan.kind && live[id]),
    }));
}

function classTable(planned: Planned): Table {
  const { derated } = planned;
  const limits = new Set(derated.limits.map(({ name }) => name));
  return {
    title: "Classes, an hour, with breakdowns and maintenance",
    columns: ["class", "makes", "stages", "starts", "of", "used", ""],
    rows: classRows(planned).map(({ plan, stages }) => {
      const starts = stages.reduce((sum, { id }) => sum + derated.stages[id]!.starts, 0);
      const most = stages.length * capacityOf(plan, true);
      const used = most === 0 ? "–" : percent(starts / most);
      const mark = limits.has(plan.kind) ? "bottleneck" : "";
      return [plan.kind, plan.item, stages.length, rate(starts), rate(most), used, mark];
    }),
  };
}

function lossTable({ losses }: Planned): Table {
  return {
    title: "What is left without one stage",
    columns: ["without", "stages", "an hour", "kept", "derated", "kept"],
    rows: [...losses.values()].map(({ nameplate, derated }) => [
      nameplate.without,
      nameplate.of,
      rate(nameplate.perHour),
      percent(nameplate.share),
      rate(derated.perHour),
      percent(derated.share),
    ]),
  };
}

function arcTable({ plant: { stages }, derated }: Planned): Table {
  return {
    title: "Arcs, an hour, with breakdowns and maintenance",
    columns: ["from", "to", "item", "units"],
    rows: derated.arcs.map(([from, to, units]) => [
      stages[from]!.name,
      stages[to]!.name,
      stages[from]!.item,
      rate(units),
    ]),
  };
}

/** Arcs, those between the same classes as one. */
function wayTable({ plant: { stages }, derated }: Planned): Table {
  const ways = new Map<string, { readonly units: number; readonly arcs: number }>();
  for (const [from, to, units] of derated.arcs) {
    const key = [stages[from]!.kind, stages[to]!.kind, stages[from]!.item].join(" ");
    const before = ways.get(key) ?? { units: 0, arcs: 0 };
    ways.set(key, { units: before.units + units, arcs: before.arcs + 1 });
  }
  return {
    title: `Ways, an hour, with breakdowns and maintenance (--arcs: all ${derated.arcs.length} arcs)`,
    columns: ["from", "to", "item", "units", "arcs"],
    rows: [...ways].map(([key, { units, arcs }]) => [...key.split(" "), rate(units), arcs]),
  };
}

/** The picture, where it is asked for; into a new folder, as PNG too, with the plan. */
async function draw(planned: Planned, { svg, out }: PlanFileOptions): Promise<string | undefined> {
  if (svg === undefined && out === undefined) return undefined;
  const figure = await figureOf(planned);
  if (svg !== undefined) writeText(svg, figure);
  if (out === undefined) return undefined;
  const folder = newRunFolder(planned.name, out);
  writeJson(join(folder, "plan.json"), jsonOf(planned));
  await writeFigures(folder, [["flow", figure]]);
  return folder;
}

async function figureOf(planned: Planned): Promise<string> {
  // Its layout takes long to load, and is seldom wanted.
  const { flowGraphFigure } = await import("../../figures/flow-graph.ts");
  const { name, plant, live, derated } = planned;
  const { stages } = plant;
  const limits = new Set(derated.limits.map((limit) => limit.name));
  const carried = new Map<string, number>();
  for (const [from, , units] of derated.arcs) {
    const { item } = stages[from]!;
    countIn(carried, item, units);
  }
  const classes = classesOf(plant);
  const drawn = classes.map((plan) => {
    const members = stages.filter(({ kind }) => kind === plan.kind);
    const made = members.reduce((sum, { id }) => sum + goodOf(plan, derated.stages[id]!.starts), 0);
    return {
      name: plan.kind,
      note: `${plan.item} ${rate(made)}/h`,
      bottleneck: limits.has(plan.kind),
      suppliers: classes
        .filter(({ item }) => plan.bom.some((line) => line.item === item))
        .map(({ kind }) => kind),
      stages: members.map((member) => ({
        name: member.name,
        use: live[member.id] ? derated.stages[member.id]!.use : null,
      })),
    };
  });
  const arcs = derated.arcs.map(([from, to, units]) => ({
    from: stages[from]!.name,
    to: stages[to]!.name,
    item: stages[from]!.item,
    share: units / carried.get(stages[from]!.item)!,
  }));
  const items = derated.items.map(({ item, perHour }) => `${rate(perHour)} ${item}`).join(" and ");
  const text = {
    title: `${name}: ${items} an hour`,
    subtitle:
      "A ribbon is as wide as its share of its item; a box is filled as far as its capacity, less breakdowns, is used.",
  };
  return flowGraphFigure(text, { classes: drawn, arcs });
}

const goodOf = ({ each, yield: good }: StagePlan, starts: number): number =>
  (starts * good * each) / 1e6;
