// Consumers that do not remember what they should of transfers that are over.
import { Desk, type Rules } from "orrery";

type Verdict = "taken" | "refused";

/** The same hand-off, at desks that forget the verdicts that `forgets` says. */
export function forgetful(
  handoff: Rules["handoff"],
  forgets: (verdict: Verdict, place: number) => boolean,
): Rules["handoff"] {
  class ForgetfulDesk extends Desk {
    override remember(of: string, place: number, verdict: Verdict, settled: number): void {
      if (!forgets(verdict, place)) super.remember(of, place, verdict, settled);
    }
  }
  const at = (desk: Desk, act: (desk: Desk) => void): void => {
    const other = new ForgetfulDesk(desk.plant, desk.plan, desk.stage, desk.context);
    act(other);
    desk.set(other.stage);
  };
  return {
    ...handoff,
    announced: (desk, ...heard) => at(desk, (other) => handoff.announced(other, ...heard)),
    recalled: (desk, ...heard) => at(desk, (other) => handoff.recalled(other, ...heard)),
    arrived: (desk, lot) => at(desk, (other) => handoff.arrived(other, lot)),
  };
}
