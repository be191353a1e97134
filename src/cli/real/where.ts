// Where a run is to run, as the command line says it: on this host, or on workers.
import { OrreryError } from "../../core/errors.ts";
import type { ReachOptions } from "../../runtimes/nats/connect.ts";

export type RealRunOptions = ReachOptions & {
  readonly on?: string;
  readonly perWorker?: string;
  readonly retries?: string;
  readonly stdin?: boolean;
  /** Rules of placement, on nats. */
  readonly place?: readonly string[];
};

/** @throws OrreryError "config/option" naming what is of workers, where there are none */
export function checkForOneHost(options: RealRunOptions): void {
  const given = {
    "--nats": options.nats,
    "--place": options.place,
    "--creds": options.creds,
    "--tls-ca": options.tlsCa,
    "--tls-cert": options.tlsCert,
    "--tls-key": options.tlsKey,
    "--js-domain": options.jsDomain,
  };
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined) continue;
    throw new OrreryError("config/option", `${option} is for runs with --on nats`);
  }
}

/** The words of a line that repeats a run which say where it is to run. */
export const whereOf = ({ perWorker, nats, place = [] }: RealRunOptions): readonly string[] => [
  ...(perWorker === undefined ? [] : ["--per-worker", perWorker]),
  ...(nats === undefined ? [] : ["--nats", withoutSecrets(nats)]),
  ...place.flatMap((rule) => ["--place", rule]),
];

/** What is printed and kept shows no password. */
const withoutSecrets = (urls: string): string => urls.replaceAll(/\/\/[^/@,]*@/g, "//");
