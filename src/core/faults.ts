import { OrreryError } from "./errors.ts";
import { suggestion } from "./parse.ts";
import type { Fault, LinkFault } from "./run.ts";

/** On one side of a link fault: all processes that the other side does not name. */
export const EVERYBODY = "*";

/** Is it a fault of links? The others are of one process. */
export const isLinkFault = (fault: Fault): fault is LinkFault => "from" in fault;

/**
 * Makes sure that a fault names processes of its run.
 * @throws OrreryError "config/fault" with the nearest name
 */
export function checkNames(fault: Fault, names: readonly string[]): void {
  const named = isLinkFault(fault) ? [...fault.from, ...fault.to] : [fault.process];
  for (const name of named) {
    if (names.includes(name) || (name === EVERYBODY && isLinkFault(fault))) continue;
    throw new OrreryError(
      "config/fault",
      `a fault names process "${name}"; ${suggestion(name, names)}`,
    );
  }
}
