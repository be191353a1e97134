// What the nodes of the tests share: messages in and out, requests that are asked again until they are answered.
import { createInterface } from "node:readline";

/** How long a request waits for its answer before it is asked again, ms. */
const AGAIN = 300;

/**
 * Speaks the protocol for a node. `handlers`: what it does with each type of message, by type; each may return the body
 * of an answer, or a promise of it.
 */
export function node(handlers) {
  const self = { id: "", ids: [], next: 1, waiting: new Map() };
  const say = (dest, body) =>
    process.stdout.write(`${JSON.stringify({ src: self.id, dest, body })}\n`);
  self.send = say;
  /** Resolves with the answer; asks again until there is one. */
  self.ask = (dest, body) =>
    new Promise((resolve) => {
      const msg_id = self.next++;
      const ask = () => say(dest, { ...body, msg_id });
      const timer = setInterval(ask, AGAIN);
      self.waiting.set(msg_id, (reply) => {
        clearInterval(timer);
        resolve(reply);
      });
      ask();
    });
  /** Resolves with the answer to a request that is sent once; never, if there is none. */
  self.call = (dest, body) =>
    new Promise((resolve) => {
      const msg_id = self.next++;
      self.waiting.set(msg_id, resolve);
      say(dest, { ...body, msg_id });
    });
  createInterface({ input: process.stdin }).on("line", async (line) => {
    const { src, body } = JSON.parse(line);
    if (body.in_reply_to !== undefined) {
      const settle = self.waiting.get(body.in_reply_to);
      self.waiting.delete(body.in_reply_to);
      settle?.(body);
      return;
    }
    if (body.type === "init") {
      self.id = body.node_id;
      self.ids = body.node_ids;
    }
    const handler = handlers[body.type];
    const answer = await (handler === undefined
      ? body.type === "init"
        ? { type: "init_ok" }
        : { type: "error", code: 10, text: `no ${body.type}` }
      : handler(body, src));
    if (answer !== undefined) say(src, { ...answer, in_reply_to: body.msg_id });
  });
  return self;
}
