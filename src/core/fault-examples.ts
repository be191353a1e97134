// Faults as one writes them, one of each kind at least: for help texts, tests and the page.
/** What can be said of a fault, by example: for errors and help. */
export const FAULT_EXAMPLES = [
  "crash machine_2 10s..20s",
  "wipe machine_2 10s..20s",
  "power machine_1,machine_2 10s..20s",
  "pause machine_1 5s..8s",
  "slow machine_1 5s..8s 2",
  "partition machine_1|machine_2,machine_3 10s..20s",
  "loss machine_1>machine_2 10s..20s 0.5",
  "duplicate *|* 10s..20s 0.1",
  "corrupt *|* 10s..20s 0.1",
  "reorder *|* 10s..20s 0.5 50ms",
  "delay machine_1|* 10s..20s 50ms",
  "clog machine_1>machine_2 10s..20s",
  "swizzle machine_1,machine_2 10s..20s",
  "clock machine_1 10s..20s offset -3s",
  "clock machine_1 10s step 3s",
  "clock machine_1 10s..20s drift 1.05",
  "clock machine_1 10s..60s sine 500ms 10s",
  "store machine_1 10s..20s slow 200ms",
  "store machine_1 10s..20s failing 0.5",
  "store machine_1 10s..20s full",
] as const;
