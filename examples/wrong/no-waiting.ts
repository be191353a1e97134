// Wrong: messages are delivered as they come, although links keep the order of each sender.
import { causalBroadcast } from "../causal-broadcast.ts";

export default causalBroadcast("no-waiting", false);
