import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseFault } from "../../core/fault-notation.ts";
import { seconds } from "../../core/micros.ts";
import { newRun } from "../../core/new-run.ts";
import { maelstrom as unhosted } from "../../systems/maelstrom/maelstrom.ts";
import { Simulation } from "../sim/simulation.ts";
import { HostedRun } from "./hosted-run.ts";

test("a crash that was ended before its time has that end in what the run suffered", async () => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-hosted-"));
  const run = newRun(unhosted, { duration: seconds(60) });
  const start = (recorder: ConstructorParameters<typeof Simulation>[2]) =>
    new Simulation(unhosted, run, recorder, true);
  const hosted = new HostedRun({ run, start, nodes: [], clients: 0, folder });
  try {
    await hosted.begin();
    hosted.inject(parseFault("crash n1 0s"));
    await expect.poll(() => hosted.engine.standing(1)).toBe("down");
    hosted.relieve(1);
    await expect.poll(() => hosted.engine.standing(1)).toBe("up");
    await hosted.stop();
    const [crash] = hosted.suffered.faults;
    expect(crash?.kind).toBe("crash");
    expect(crash?.until).toBeGreaterThan(crash!.at);
    expect(crash?.until).toBeLessThanOrEqual(hosted.suffered.duration);
  } finally {
    await hosted.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
