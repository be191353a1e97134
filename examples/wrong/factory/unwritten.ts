// What a mistaken stage keeps in its memory alone.
import { Desk } from "orrery";

/** Does something at a desk whose store takes nothing; what it says and does is real. */
export function unwritten(desk: Desk, act: (muted: Desk) => void): void {
  const nothing = (): void => {};
  const { context } = desk;
  const muted = new Desk(desk.plant, desk.plan, desk.stage, {
    self: context.self,
    incarnation: context.incarnation,
    storeId: context.storeId,
    now: context.now,
    random: () => context.random(),
    send: (to, message) => context.send(to, message),
    setTimer: (timer, delay) => context.setTimer(timer, delay),
    cancelTimer: (timer) => context.cancelTimer(timer),
    note: (name, fields) => context.note(name, fields),
    put: nothing,
    remove: nothing,
    append: nothing,
  });
  act(muted);
  desk.set(muted.stage);
}
