// The native wire: who is let in, which connection counts, and what garbage does.
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { seconds } from "../../src/core/micros.ts";
import { messageFrame } from "../../src/runtimes/real/wire/message.ts";
import { helloFrame, readRefusal, WIRE_VERSION } from "../../src/runtimes/tcp/wire/handshake.ts";
import { Mesh } from "../../src/runtimes/tcp/wire/mesh.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { until } from "../waiting.ts";
import { live } from "./tcp.ts";

type Heard = { readonly peer: string; readonly payload: string };
type Node = {
  readonly mesh: Mesh;
  readonly port: number;
  readonly heard: Heard[];
  readonly said: string[];
};

const open: Mesh[] = [];
afterEach(() => {
  for (const mesh of open.splice(0)) mesh.close();
});

const MEMBERS = ["a", "b", "c"];

async function node(
  name: string,
  { cluster = "test", secret = "", boot = 1, members = MEMBERS } = {},
): Promise<Node> {
  const heard: Heard[] = [];
  const said: string[] = [];
  const mesh = new Mesh({
    identity: { name, cluster, model: "", secret, boot },
    members,
    events: {
      message: (peer, payload) =>
        void heard.push({ peer, payload: payload.toString("latin1", 25) }),
      linked: (peer) => void said.push(`linked ${peer}`),
      lost: (peer) => void said.push(`lost ${peer}`),
      refused: (reason) => void said.push(`refused ${reason}`),
      failed: () => {},
    },
  });
  open.push(mesh);
  return { mesh, port: await mesh.listen("127.0.0.1", 0), heard, said };
}

const address = (name: string, { port }: Node) => ({ name, host: "127.0.0.1", port });
const text = (body: string): Buffer =>
  messageFrame({ from: 0, to: 1, stamp: 1, number: 0, incarnation: 1, priority: 0, body })!;
const tell = (from: Node, to: string, body: string): string => {
  const outcome = from.mesh.send(to, text(body)) ?? "sent";
  from.mesh.flush();
  return outcome;
};

describe("two that connect", () => {
  test("hear each other, whoever dials, also when both do at once", async () => {
    const [a, b] = [await node("a"), await node("b")];
    expect(tell(a, "b", "too soon")).toBe("not connected");
    a.mesh.introduce(address("b", b));
    b.mesh.introduce(address("a", a));
    await until(() => a.mesh.isLinked("b") && b.mesh.isLinked("a"), "they are linked");
    for (let count = 0; count < 200; count++) {
      tell(a, "b", `to b ${count}`);
      tell(b, "a", `to a ${count}`);
    }
    await until(() => a.heard.length === 200 && b.heard.length === 200, "all is heard");
    expect(b.heard.map(({ payload }) => payload)).toEqual(
      Array.from({ length: 200 }, (_, count) => JSON.stringify(`to b ${count}`)),
    );
    expect(a.said.filter((line) => line.startsWith("linked"))).toHaveLength(1);
  });

  test("settle on one connection when both dialled in the same instant", async () => {
    for (let round = 0; round < 20; round++) {
      // Names such that neither is courteous: each is told the other's place twice.
      const [a, b] = [await node("a"), await node("b")];
      a.mesh.introduce(address("b", b));
      b.mesh.introduce(address("a", a));
      b.mesh.dialNow("a");
      a.mesh.dialNow("b");
      await until(() => a.mesh.isLinked("b") && b.mesh.isLinked("a"), "they are linked");
      tell(a, "b", "one");
      tell(b, "a", "two");
      await until(() => a.heard.length === 1 && b.heard.length === 1, "both hear");
      await until(() => a.mesh.connections === 1 && b.mesh.connections === 1, "one is left");
      tell(a, "b", "three");
      await until(() => b.heard.length === 2, "it still works");
      a.mesh.close();
      b.mesh.close();
    }
  });

  test("part when one stops, also if the other reads no more", async () => {
    const [a, b] = [await node("a"), await node("b")];
    a.mesh.introduce(address("b", b));
    await until(() => a.mesh.isLinked("b") && b.mesh.isLinked("a"), "they are linked");
    b.mesh.hold(true);
    a.mesh.close();
    await until(() => a.mesh.connections === 0, "it has hung up");
  });

  test("find each other again after one was started anew, and not an old start of it", async () => {
    const a = await node("a");
    const first = await node("b", { boot: 5 });
    a.mesh.introduce(address("b", first));
    await until(() => a.mesh.isLinked("b"), "linked");
    const second = await node("b", { boot: 6 });
    second.mesh.introduce(address("a", a));
    await until(() => second.mesh.isLinked("a"), "the new one is linked");
    tell(second, "a", "new");
    await until(() => a.heard.some(({ payload }) => payload === '"new"'), "it is heard");
    first.mesh.introduce(address("a", a));
    await until(
      () => Object.keys(a.mesh.refusals).includes("an earlier start"),
      "the old one is refused",
    );
    expect(tell(a, "b", "hello")).toBe("sent");
    await until(() => second.heard.length === 1, "the new one hears");
  });

  test.each([
    ["another cluster", { cluster: "other" }, "another cluster"],
    ["another secret", { secret: "not this one" }, "another secret"],
    ["no secret", { secret: "" }, "another secret"],
  ])("with %s do not", async (_, other, reason) => {
    const a = await node("a", { secret: "open sesame" });
    const b = await node("b", { secret: "open sesame", ...other });
    b.mesh.introduce(address("a", a));
    await until(
      () =>
        Object.keys({ ...a.mesh.refusals, ...b.mesh.refusals }).some((each) =>
          each.includes(reason),
        ),
      reason,
    );
    expect(a.mesh.isLinked("b")).toBe(false);
    expect(b.mesh.isLinked("a")).toBe(false);
  });

  test("with one secret do, and it is not sent", async () => {
    const secret = "open sesame";
    const [a, b] = [await node("a", { secret }), await node("b", { secret })];
    b.mesh.introduce(address("a", a));
    await until(() => a.mesh.isLinked("b"), "linked");
    expect(a.mesh.refusals).toEqual({});
  });
});

const hello = (over: object): Buffer =>
  helloFrame({
    version: WIRE_VERSION,
    cluster: "test",
    model: "",
    from: "b",
    to: "a",
    boot: 1,
    nonce: "0".repeat(32),
    ...over,
  });

test.each([
  ["an old version", { version: 0 }, "another version of the wire"],
  ["a wrong cluster", { cluster: "x" }, "another cluster"],
  ["somebody else in mind", { to: "c" }, "meant for another"],
  ["a name that nobody has", { from: "zorro" }, "a stranger"],
])("a greeting with %s is told why it is refused", async (_, over, reason) => {
  const a = await node("a");
  const socket = connect(a.port, "127.0.0.1");
  const heard: Buffer[] = [];
  socket.on("data", (chunk) => heard.push(chunk)).write(hello(over));
  await once(socket, "end");
  expect(readRefusal(Buffer.concat(heard).subarray(8))).toEqual({ reason });
  expect(a.mesh.refusals).toEqual({ [reason]: 1 });
  socket.destroy();
});

test("what waits for a peer that does not read is bounded", async () => {
  const [a, b] = [await node("a"), await node("b")];
  a.mesh.introduce(address("b", b));
  await until(() => a.mesh.isLinked("b") && b.mesh.isLinked("a"), "linked");
  b.mesh.hold(true);
  const long = "x".repeat(64 * 1024);
  let [sent, full] = [0, 0];
  for (let count = 0; count < 1_000 && full === 0; count++) {
    if (tell(a, "b", long) === "sent") sent++;
    else full++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(full).toBe(1);
  b.mesh.hold(false);
  await until(() => b.heard.length === sent, "what was sent arrives");
  expect(tell(a, "b", "again")).toBe("sent");
});

/** The ports on which the OS processes of a run listen. */
function portsOf(pids: Iterable<number>): number[] {
  const inodes = new Map(
    readFileSync("/proc/net/tcp", "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A")
      .map((fields) => [fields[9]!, Number.parseInt(fields[1]!.split(":")[1]!, 16)] as const),
  );
  return [...pids].flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const inode = /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        const port = inodes.get(inode ?? "");
        return port === undefined ? [] : [port];
      } catch {
        return [];
      }
    }),
  );
}

const rude = (port: number): Socket =>
  connect(port, "127.0.0.1")
    .on("error", () => {})
    .on("data", () => {});

test.skipIf(process.platform !== "linux")(
  "garbage at the ports: machines tick on, memory stays bounded, refusals are counted and said once",
  { timeout: 60_000 },
  () =>
    live(clocks, { duration: seconds(40), params: { rates: [50, 50, 50] } }, async (one) => {
      await until(() => one.run.views().every(({ events }) => events > 0), "all run");
      const ports = portsOf(one.run.pids.values());
      expect(ports).toHaveLength(3);
      const before = one.run.pacing().map(({ residentBytes }) => residentBytes);
      const sockets: Socket[] = [];
      for (const port of ports) {
        for (let count = 0; count < 1_000; count++) sockets.push(rude(port));
        for (let count = 0; count < 20; count++) {
          const random = rude(port);
          random.write(Buffer.from(Array.from({ length: 4_096 }, () => Math.random() * 256)));
          const huge = rude(port);
          huge.write(Buffer.concat([Buffer.alloc(4, 0xff), Buffer.alloc(60_000, 7)]));
          const old = rude(port);
          old.write(hello({ version: 0, to: "machine_1", cluster: "x" }));
          const slow = rude(port);
          slow.write(hello({}).subarray(0, 5));
          sockets.push(random, huge, old, slow);
        }
      }
      await until(
        () =>
          Object.values(one.run.health().refusals).reduce((sum, times) => sum + times, 0) > 3_000,
        "the crowd is refused",
      );
      await until(() => "too slow a greeting" in one.run.health().refusals, "the slow are refused");
      for (const socket of sockets) socket.destroy();
      // The crowd may have kept the others out: what was refused then is refused now by its own name.
      for (const port of ports) {
        rude(port).write(Buffer.alloc(64, 7));
        rude(port).write(hello({ version: 0 }));
      }
      await until(
        () => "another version of the wire" in one.run.health().refusals,
        "the old are refused",
      );
      await until(
        () => "not the wire of Orrery" in one.run.health().refusals,
        "garbage is refused",
      );
      const { trace } = await one.trace();
      for (const { check, result } of verify(trace))
        expect([check, result]).toEqual([check, "holds"]);
      for (const [at, { skipped, residentBytes }] of one.run.pacing().entries()) {
        expect(skipped).toBe(0);
        expect(residentBytes - before[at]!).toBeLessThan(150e6);
      }
      // Once for each machine and reason, whoever it was.
      const refusals = one.said.map((line) => line.replace(/ refused \S+:/, ":"));
      expect(new Set(refusals).size).toBe(refusals.length);
    }),
);
