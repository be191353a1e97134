// Strikes processes that are driven here with the beginnings and ends of faults.
import { isCrash } from "../core/faults.ts";
import { KIND } from "../core/trace-event.ts";
import type { Driver } from "./driver/driver.ts";
import { FLAG } from "./driver/layout.ts";
import type { FaultyStore } from "./faulty-store.ts";
import type { LinkLayer } from "./link-layer.ts";
import type { Held, LinkStroke, ProcessStroke } from "./strokes.ts";

/** A process whose store failed is started again after so long, µs, by whoever looks after it. */
export const RESTART = 1_000_000;

/** A process is started again that went down by itself. */
export type Restart = { readonly kind: "restart"; readonly process: number };

export class Striker {
  readonly #driver: Driver;
  readonly #links: LinkLayer;
  readonly #store: FaultyStore;
  readonly #recovering: (process: number) => void;

  /** `recovering` is told whose next incarnation begins, before it does. */
  constructor(
    driver: Driver,
    links: LinkLayer,
    store: FaultyStore,
    recovering: (process: number) => void = () => {},
  ) {
    this.#recovering = recovering;
    this.#driver = driver;
    this.#links = links;
    this.#store = store;
  }

  links({ act, fault }: LinkStroke): void {
    if (act === "begin") this.#links.begin(fault);
    else this.#links.end(fault);
  }

  /** `held` is how often the process is held when this stroke has been counted. */
  process(stroke: ProcessStroke, held: Held): void {
    const { act, process, fault, at } = stroke;
    const over = act === "end";
    switch (fault.kind) {
      case "pause":
        if (!over) this.#driver.pause(process);
        else if (held.pause === 0) this.#driver.resume(process);
        break;
      case "slow":
        this.#driver.slow(process, fault.rate, over);
        break;
      case "clock":
        if (!over || fault.model.kind !== "step") this.#driver.skew(process, fault.model, over, at);
        break;
      case "store":
        if (over) this.#store.end(process, fault.trouble);
        else this.#store.begin(process, fault.trouble, fault.until);
        break;
      default:
        this.#crash(stroke, held);
    }
  }

  /** Starts a process again, unless it is up, or a crash holds it. */
  restart(process: number, held: Held): void {
    if (held.crash > 0 || !this.#isDown(process)) return;
    this.#recover(process, held);
  }

  #crash({ act, process, fault }: ProcessStroke, held: Held): void {
    if (!isCrash(fault)) return;
    if (act === "begin") {
      this.#driver.crash(process, fault.point);
      return;
    }
    if (this.#isDown(process)) {
      if (fault.kind === "wipe") this.#driver.wipe(process);
      else if (fault.lost !== undefined) this.#loseTail(process, fault.lost);
    }
    if (held.crash === 0) this.#recover(process, held);
  }

  #loseTail(process: number, commits: number): void {
    const { table } = this.#driver;
    const lost = this.#store.loseTail(process, commits);
    table.record(KIND.fault, process);
    table.recorder?.detail(`lost ${lost}`);
  }

  #recover(process: number, held: Held): void {
    if (this.#isDown(process)) {
      this.#recovering(process);
      this.#links.restart(process, this.#driver.table.incarnation(process) + 1);
    }
    this.#driver.recover(process);
    if (held.pause > 0) this.#driver.pause(process);
  }

  #isDown(process: number): boolean {
    return (this.#driver.table.flags(process) & FLAG.down) !== 0;
  }
}
