// The files under deploy/ are what the programs that read them accept, and agree with each other.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import manifest from "../package.json" with { type: "json" };
import { blockNamed } from "./docs-blocks.ts";
import { newFolder } from "./folders.ts";
import { deployed, deployFile } from "./live/deployed.ts";
import { describeNats, natsServer } from "./live/nats-servers.ts";

const ROOT = join(import.meta.dirname, "..");

describeNats("configurations of the servers", () => {
  const check = (config: string) =>
    spawnSync(natsServer!, ["-t", "-c", config], { encoding: "utf8" });

  test("are valid", async () => {
    for (const config of (await deployed()).configs) {
      const { status, stderr } = check(config);
      expect(stderr).toContain("is valid");
      expect(status).toBe(0);
    }
  });

  test("of the shape with a hub and leaves are valid", () => {
    const folder = newFolder();
    const hub = blockNamed("docs/scale.md", "hub.conf").replace("/var/lib/nats", folder);
    const leaf = blockNamed("docs/scale.md", "leaf.conf");
    for (const [name, text] of Object.entries({ hub, leaf })) {
      const config = join(folder, `${name}.conf`);
      writeFileSync(config, text);
      expect([name, check(config).stderr]).toEqual([name, expect.stringContaining("is valid")]);
    }
  });

  test("start nothing until they are told the key", () => {
    const folder = newFolder();
    for (const name of ["common.conf", "s1.conf"]) {
      copyFileSync(join(ROOT, "deploy/nats", name), join(folder, name));
    }
    const { status, stderr } = check(join(folder, "s1.conf"));
    expect([status, stderr]).toEqual([1, expect.stringMatching(/nkey/)]);
  });
});

describe("units of systemd", () => {
  const analyze = spawnSync("systemd-analyze", ["--version"], { encoding: "utf8" });
  const units = ["orrery-worker.service", "nats-server.service"];
  const has = analyze.status === 0 && natsServer !== undefined;

  /** Copies in which the programs are where they are on this host, as it is looked whether they are there. */
  const copied = (): readonly string[] => {
    const folder = newFolder();
    return units.map((unit) => {
      const path = join(folder, unit);
      const text = deployFile(`systemd/${unit}`)
        .replace("/usr/bin/node", process.execPath)
        .replaceAll("/usr/sbin/nats-server", natsServer!);
      writeFileSync(path, text);
      return path;
    });
  };

  test.skipIf(!has)("are valid (skipped without systemd-analyze and nats-server)", () => {
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", ...copied()], {
      encoding: "utf8",
    });
    const ours = stderr.split("\n").filter((line) => units.some((unit) => line.includes(unit)));
    expect(ours).toEqual([]);
    expect(status).toBe(0);
  });

  test.skipIf(!has)("leave little to who breaks in (skipped without systemd-analyze)", () => {
    for (const unit of copied()) {
      const asked = ["security", "--offline=yes", "--threshold=30", "--no-pager", unit];
      const { status, stdout, stderr } = spawnSync("systemd-analyze", asked, { encoding: "utf8" });
      // Older ones cannot tell without a running systemd.
      if (/unrecognized option/.test(stderr)) return;
      expect(status, stdout).toBe(0);
    }
  });

  test("start what is built, and know where it says how it is", () => {
    const unit = deployFile("systemd/orrery-worker.service");
    expect(unit).toContain(`/opt/orrery/${manifest.bin.orrery} worker --metrics-port 9464`);
  });
});

describe("the container's file", () => {
  const lines = deployFile("Containerfile").split("\n");
  const wordsOf = (word: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  test("copies what is there", () => {
    const copied = wordsOf("COPY").filter((line) => !line.startsWith("--from"));
    const sources = copied.flatMap((line) => line.split(" ").slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) expect(existsSync(join(ROOT, source)), source).toBe(true);
  });

  test("starts what is built, on a Node that is new enough", () => {
    expect(wordsOf("ENTRYPOINT")).toEqual([`["node", "/opt/orrery/${manifest.bin.orrery}"]`]);
    const [, least = ""] = />=(\d+)/.exec(manifest.engines.node) ?? [];
    for (const image of wordsOf("FROM")) expect(image).toContain(`/node:${least}-`);
  });
});

describe("docs/deploy.md", () => {
  const port = (pattern: RegExp, file: string): string => pattern.exec(deployFile(file))![1]!;
  const client = port(/^listen: "0\.0\.0\.0:(\d+)"/m, "nats/common.conf");
  const route = port(/^ +listen: "0\.0\.0\.0:(\d+)"/m, "nats/common.conf");

  test("draws the ports that servers listen to", () => {
    const drawn = blockNamed("docs/deploy.md", "hosts").match(/\b\d{4}\b/g);
    expect(drawn).toEqual([client, route]);
  });

  test("has Prometheus ask workers where they tell", () => {
    type Job = { readonly static_configs: readonly { readonly targets: readonly string[] }[] };
    const config = parse(blockNamed("docs/deploy.md", "prometheus.yml")) as {
      readonly scrape_configs: readonly Job[];
    };
    const targets = config.scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap((each) => each.targets),
    );
    const told = port(/--metrics-port (\d+)/, "systemd/orrery-worker.service");
    expect(targets.map((target) => target.split(":")[1])).toEqual([told, told]);
  });
});
