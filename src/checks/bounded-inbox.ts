import type { Check, Verdict } from "../core/check.ts";

/** No inbox ever holds more than `most` events. Time O(events). */
export const boundedInbox = (most: number): Check => ({
  kind: "always",
  name: "bounded-inbox",
  claim: `No more than ${most} events wait in an inbox.`,
  begin: (_run, names) => {
    let examined = 0;
    let failure: Verdict | undefined;
    return {
      see(batch) {
        for (let row = 0; row < batch.count && failure === undefined; row++) {
          examined++;
          if (batch.inbox(row) <= most) continue;
          failure = {
            result: "fails",
            reason: `${batch.inbox(row)} events wait at ${names[batch.process(row)]}`,
            witnesses: [batch.event(row)],
          };
        }
      },
      end: () => failure ?? { result: "holds", examined },
    };
  },
});
