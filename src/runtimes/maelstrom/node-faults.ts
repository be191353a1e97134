// What can be done to programs that are hosted.
import { OrreryError } from "../../core/errors.ts";
import { formatFault } from "../../core/fault-notation.ts";
import { isLinkFault, LEADER, namedBy } from "../../core/faults.ts";
import type { Fault } from "../../core/run.ts";

const NODE = /^n\d+$/;

/** Why a fault cannot strike a program; undefined if it can. */
function whyNot(fault: Fault): string | undefined {
  if (isLinkFault(fault) || fault.kind === "swizzle") return undefined;
  if (namedBy(fault).includes(LEADER)) return "nobody knows who leads; name a node";
  const outside = namedBy(fault).find((name) => !NODE.test(name));
  if (outside !== undefined) return `${outside} is no node`;
  if (fault.kind === "pause") return undefined;
  const crash = fault.kind === "crash" || fault.kind === "power";
  if (crash && fault.lost === undefined) return undefined;
  return "programs can be killed (crash) and stopped (pause), and their links can fail";
}

/** Can this be done to nodes? */
export const canStrikeNodes = (fault: Fault): boolean => whyNot(fault) === undefined;

/** @throws OrreryError "runtime/cannot" naming the fault */
export function checkNodeFault(fault: Fault): void {
  const reason = whyNot(fault);
  if (reason === undefined) return;
  throw new OrreryError("runtime/cannot", `fault "${formatFault(fault)}": ${reason}`);
}
