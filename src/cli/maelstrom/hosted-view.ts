// A run of hosted programs on a page, as it happens.
import type { Run } from "../../core/run.ts";
import { RealShow } from "../../dashboard/real-show.ts";
import { Dashboard } from "../../dashboard/server.ts";
import type { HostedRun } from "../../runtimes/maelstrom/hosted-run.ts";
import { Tails } from "../../runtimes/real/records/tails.ts";
import { say } from "../print.ts";
import { portOf } from "../request.ts";
import { keptShow } from "../view/kept.ts";
import { FolderLibrary } from "../view/library.ts";
import { infoOf } from "../view/sim.ts";
import { PAGE } from "../view/view.ts";

const CALM = { late: 0, skipped: 0, reconnects: 0, refusals: 0 };

export class HostedView {
  readonly #show: RealShow;
  #dashboard: Dashboard | undefined;

  constructor(hosted: HostedRun, run: Run, folder: string) {
    const { names, rates } = hosted.engine;
    const about = { id: "maelstrom", title: folder, run };
    this.#show = new RealShow({
      info: {
        ...infoOf(about, names, rates),
        source: "real",
        runtime: "maelstrom",
        duration: run.duration,
        can: ["fault"],
      },
      run: {
        get now() {
          return hosted.now;
        },
        inject: (fault) => hosted.inject(fault),
        relieve: (process) => hosted.relieve(process),
        health: () => CALM,
        repeat: () => "",
        tails: () => new Tails(folder, names.length),
        stored: () => undefined,
        audit: undefined,
      },
      view: undefined,
    });
  }

  /** Prints the address. @throws OrreryError "config/option", "net/listen" */
  async open(port = "0"): Promise<void> {
    const dashboard: Dashboard = new Dashboard({
      port: portOf("--port", port),
      page: PAGE,
      library: new FolderLibrary([], (folder, id) => keptShow(dashboard, { folder, id, speed: 1 })),
    });
    this.#dashboard = dashboard;
    dashboard.add(this.#show);
    say(await dashboard.listen());
  }

  async close(): Promise<void> {
    await this.#show.end();
    await this.#dashboard?.close();
  }
}
