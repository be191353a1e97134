// Keys and values over the service lin-kv: each request is passed on, and its answer back. With "caches" as the argument
// a node answers reads from what it saw last, for a while: others may have written since.
import { node } from "./lib.mjs";

const caches = process.argv[2] === "caches";
const AGE = 400;
const cache = new Map();

const pass = async (body) => {
  const { msg_id: _, ...request } = body;
  const { in_reply_to: __, msg_id: ___, ...reply } = await self.call("lin-kv", request);
  return reply;
};

const self = node({
  write: pass,
  cas: pass,
  async read(body) {
    const known = cache.get(body.key);
    if (caches && known !== undefined && Date.now() - known.at < AGE) return known.reply;
    const reply = await pass(body);
    cache.set(body.key, { reply, at: Date.now() });
    return reply;
  },
});
