// Wrong: a participant says that it has done what was decided, and does it 100 ms later.
import { twoPhaseCommit } from "../two-phase-commit.ts";

export default twoPhaseCommit("reply-before-commit", { repliesBeforeWriting: true });
