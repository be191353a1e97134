// What must be true of the books of all stages, at any instant. The numbers are those of docs/explanation/
// hand-off.md: I1 conservation, I2 single use, I3 genealogy, I4 no orphan, I5 no conjuring, I6 epochs,
// I7 bounded stock, I8 log before send, I9 yield accounting.
//
// Books that are read one after the other while work goes on do not show one instant. So each rule has a
// side that claims and a side that must bear it out, and takes the first from books that were read before
// those of the second: what is done stays done.
import { countIn } from "../../../core/counting.ts";
import { creditMax } from "../flows.ts";
import type { Job, JobRecord, LotId, OutLot, Portion } from "../messages.ts";
import { isLater } from "../stage/requests.ts";
import { type Books, type Ledger, reservedIn, type Touched } from "./ledger.ts";

export const INVARIANTS: { readonly [id: string]: string } = {
  I1: "what was made is used, waiting, under way, shipped, scrapped or lost: each lot in one place",
  I2: "no unit of a lot is used twice",
  I3: "each lot comes from one finished job, whose inputs are the whole bill of materials",
  I4: "each lot under way is spoken of by its maker, and what is received was made",
  I5: "no job runs without all its inputs",
  I6: "no stage goes back to an earlier flow",
  I7: "stock stays within credit and space",
  I8: "what a message says, its sender's store holds",
  I9: "starts are good or scrap, and yields multiply",
};

type Say = (invariant: string, says: string, process: number) => void;

/** What is wrong with a lot. `exact`: claims and evidence are of one instant. */
export function checkLot(claims: Ledger, evidence: Ledger, lot: LotId, say: Say): void {
  const exact = claims === evidence;
  const { maker, tag, number } = claims.makerOf(lot);
  const holders = [...(claims.holders.get(lot) ?? [])].filter(
    (process) => claims.books[process]!.received.has(lot) || claims.books[process]!.in.has(lot),
  );
  for (const process of holders) checkHolding(claims.books[process]!, lot, process, say);
  const receivers = holders.filter((process) => claims.books[process]!.received.has(lot));
  if (receivers.length > 1)
    say("I2", `${lot} was received by ${receivers.length} stages`, receivers[1]!);
  if (maker === undefined) {
    say("I4", `${lot} is of a maker that there is not`, holders[0] ?? 0);
    return;
  }
  // A maker that lost its store knows nothing of what it made before.
  if (claims.books[maker]!.tag !== tag || evidence.books[maker]!.tag !== tag) return;
  checkMaker(claims, evidence, lot, [maker, number], say);
  const atMaker = evidence.books[maker]!;
  for (const process of receivers) {
    checkReceived(claims.books[process]!, atMaker, lot, [process, number], say);
  }
  if (!exact) return;
  for (const process of holders) {
    if (receivers.includes(process)) continue;
    const awaited = claims.books[process]!.in.get(lot)!;
    if (!speaksOf(atMaker.out.get(number), process, awaited.g)) {
      say("I4", `${lot} is awaited, and its maker does not send it there`, process);
    }
  }
}

const speaksOf = (out: OutLot | undefined, to: number, g: number): boolean =>
  out !== undefined &&
  out.state !== "available" &&
  out.state !== "returning" &&
  out.to === to &&
  out.g === g;

/** At its maker a lot is on the books or in history; and where it says that it went, it came. */
function checkMaker(
  claims: Ledger,
  evidence: Ledger,
  lot: LotId,
  [maker, number]: readonly [number, number],
  say: Say,
): void {
  const { made, out, settled } = claims.books[maker]!;
  const record = made.get(number);
  const on = out.get(number);
  const off = settled.get(number);
  if (record === undefined) {
    if (on !== undefined) say("I3", `${lot} is on the shelf, and no job made it`, maker);
    if (off !== undefined) say("I3", `${lot} is settled, and no job made it`, maker);
    return;
  }
  if (on === undefined && off === undefined) say("I1", `${lot} was made, and is nowhere`, maker);
  if (on !== undefined && off !== undefined)
    say("I1", `${lot} is settled and still on hand`, maker);
  if (on !== undefined && on.amount !== record.amount) {
    say("I1", `${lot} is ${on.amount} millionths, and was made as ${record.amount}`, maker);
  }
  if (off?.fate === "shipped" && off.amount !== record.amount) {
    say("I1", `${lot} is shipped as ${off.amount} millionths, and made as ${record.amount}`, maker);
  }
  if (off?.fate !== "delivered") return;
  const consumer = evidence.books[off.to];
  const lost = consumer === undefined || consumer.tag !== off.store;
  if (lost || consumer.received.has(lot)) return;
  say("I1", `${lot} is settled as delivered, and was never received`, off.to);
}

/** What a stage has received, its maker made, sent there, and has not taken back. */
function checkReceived(
  { received }: Books,
  maker: Books,
  lot: LotId,
  [process, number]: readonly [number, number],
  say: Say,
): void {
  const { g, amount, item } = received.get(lot)!;
  const record = maker.made.get(number);
  if (record === undefined) {
    say("I4", `${lot} was received, and never made`, process);
    return;
  }
  if (record.amount !== amount || record.item !== item) {
    say(
      "I1",
      `${lot} was received as ${amount} ${item}, and made as ${record.amount} ${record.item}`,
      process,
    );
  }
  const on = maker.out.get(number);
  const off = maker.settled.get(number);
  if (speaksOf(on, process, g)) return;
  if (off?.fate === "delivered" && off.to === process && off.g === g) return;
  const where = on === undefined ? (off?.fate ?? "nowhere") : on.state;
  say("I2", `${lot} is in use here, and ${where} at its maker`, process);
}

/** At a consumer: what came of a lot is used, scrapped, reserved or left; not more, not less. */
function checkHolding(books: Books, lot: LotId, process: number, say: Say): void {
  const received = books.received.get(lot);
  const held = books.in.get(lot);
  const used = books.used.get(lot) ?? 0;
  const gone = used + (books.scrapped.get(lot) ?? 0);
  const reserved = reservedIn(books, lot);
  const left = held?.left ?? 0;
  if (received === undefined) {
    if (gone + reserved > 0) say("I2", `${lot} is used before it is here`, process);
    if (held !== undefined && held.due === null)
      say("I4", `${lot} came, and history does not say so`, process);
    return;
  }
  if (held !== undefined && held.due !== null)
    say("I1", `${lot} is here and awaited again`, process);
  const sum = gone + reserved + left;
  if (sum > received.amount) {
    say(
      "I2",
      `of ${received.amount} millionths of ${lot}, ${sum} are used, reserved or left`,
      process,
    );
  } else if (sum < received.amount) {
    say("I1", `of ${received.amount} millionths of ${lot}, only ${sum} are accounted for`, process);
  }
}

/** A finished job took the whole bill, each part of it received here, and says what was good. */
function checkRecord(ledger: Ledger, process: number, record: JobRecord, say: Say): void {
  const plan = ledger.plant.stages[process]!;
  const { job, revision, starts, good, amount, lot, inputs, item } = record;
  if (starts !== plan.starts || item !== plan.item)
    say("I3", `job ${job} is of another plan`, process);
  if (
    good < 0 ||
    good > starts ||
    amount !== good * plan.each ||
    (lot === null) !== (amount === 0)
  ) {
    say("I9", `job ${job}: ${good} good of ${starts} starts gave ${amount} millionths`, process);
  }
  checkBill(ledger, process, [`job ${job}`, inputs, revision], "I3", say);
}

/** A running job holds the whole bill. */
function checkJob(ledger: Ledger, process: number, number: number, job: Job, say: Say): void {
  checkBill(ledger, process, [`job ${number}`, job.inputs, job.revision], "I5", say);
}

function checkBill(
  { plant, books }: Ledger,
  process: number,
  [what, inputs, revision]: readonly [string, readonly Portion[], number],
  invariant: string,
  say: Say,
): void {
  const bill = plant.stages[process]!.bills[revision] ?? [];
  const { received } = books[process]!;
  const taken = new Map<string, number>();
  for (const [lot, amount] of inputs) {
    const item = received.get(lot)?.item;
    if (item === undefined)
      say(invariant, `${what} takes ${lot}, which was never received`, process);
    else countIn(taken, item, amount);
  }
  for (const { item, need } of bill) {
    const amount = taken.get(item) ?? 0;
    taken.delete(item);
    if (amount !== need)
      say(invariant, `${what} takes ${amount} millionths of ${item}, not ${need}`, process);
  }
  for (const item of taken.keys())
    say(invariant, `${what} takes ${item}, which is not on its bill`, process);
}

/** Stock on the books of a stage is within what it may ask for, and its shelf within its space. */
export function checkStock({ plant, books }: Ledger, process: number, say: Say): void {
  const { space, final } = plant.stages[process]!;
  const own = books[process]!;
  const booked = new Map<number, number>();
  for (const [lot, { from, left }] of own.in) {
    countIn(booked, from, left + reservedIn(own, lot));
  }
  for (const [supplier, amount] of booked) {
    const credit = creditMax(plant, supplier, process);
    if (amount <= credit) continue;
    const { name } = plant.stages[supplier]!;
    say("I7", `${amount} millionths are booked from ${name}, with a credit of ${credit}`, process);
  }
  const fresh = [...own.out.values()].filter(({ g }) => g === 0).length + own.jobs.size;
  if (!final && fresh > space)
    say("I7", `${fresh} lots are made or waiting in a space of ${space}`, process);
}

/** What one commit wrote, beside lots: nothing twice, and no flow that is not later. */
export function checkTouched(ledger: Ledger, process: number, touched: Touched, say: Say): void {
  const { again, epochBefore, contents, records, jobs } = touched;
  for (const what of again) say("I3", `${what} twice`, process);
  const { epoch, jobs: running } = ledger.books[process]!;
  if (epochBefore !== undefined && isLater(epochBefore, epoch)) {
    say("I6", `flow ${epochBefore.join(".")} was left for ${epoch.join(".")}`, process);
  }
  for (const epoch of contents) say("I6", `flow ${epoch} is not what others know by it`, process);
  for (const record of records) checkRecord(ledger, process, record, say);
  for (const number of jobs) {
    const job = running.get(number);
    if (job !== undefined) checkJob(ledger, process, number, job, say);
  }
}
