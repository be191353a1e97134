// Wrong: whoever gives orders is obeyed, also a leader that was replaced and does not know it.
import { bullyElection } from "../bully-election.ts";

export default bullyElection("stale-leader", { obeysAnybody: true });
