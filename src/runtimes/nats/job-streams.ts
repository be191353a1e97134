// The streams of experiments: jobs, a queue from which each is taken by one worker at a time until it is acknowledged,
// and rows. They are there for all experiments; the consumer of jobs is one experiment's, so that a worker which cannot
// run it leaves its jobs alone.
import {
  AckPolicy,
  type JetStreamManager,
  RetentionPolicy,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { ensure } from "./buckets.ts";
import { JOBS_STREAM, jobSubject, ROWS_STREAM, rowsSubjects } from "./subjects.ts";

/** What a client that was killed left behind is dropped after a day, ms. */
const AGE_MAX = 86_400_000;
/** A job that nobody says anything of for so long is another's, ms. */
export const ACK_WAIT = 10_000;
/** Consumers of clients that were killed are dropped after this, ms. */
const INACTIVE = 3_600_000;
/** Pulls that wait, and jobs that are under way, of all workers of an experiment. */
const PULLS_MAX = 65_536;

/** Makes the two streams, if they are not there. */
export async function openStreams(manager: JetStreamManager): Promise<void> {
  const common = { max_age: nanos(AGE_MAX) };
  const make = async (config: Partial<StreamConfig> & { name: string }): Promise<void> => {
    await ensure(manager, config.name, (num_replicas) =>
      manager.streams.add({ ...common, ...config, num_replicas }),
    );
  };
  const retention = RetentionPolicy.Workqueue;
  await make({ name: JOBS_STREAM, subjects: [jobSubject("*", "*")], retention });
  await make({ name: ROWS_STREAM, subjects: [rowsSubjects("*")] });
}

/** Makes the consumer from which workers take the jobs of an experiment, if it is not there. */
export async function openConsumer(manager: JetStreamManager, experiment: string): Promise<void> {
  try {
    await manager.consumers.info(JOBS_STREAM, experiment);
  } catch (cause) {
    if (!/not found/i.test(String(cause))) throw cause;
    await manager.consumers.add(JOBS_STREAM, {
      durable_name: experiment,
      filter_subject: jobSubject(experiment, "*"),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT),
      max_deliver: -1,
      max_ack_pending: PULLS_MAX,
      max_waiting: PULLS_MAX,
      inactive_threshold: nanos(INACTIVE),
    });
  }
}

/** Subjects of the jobs of an experiment that are not acknowledged. */
export async function openJobs(
  manager: JetStreamManager,
  experiment: string,
): Promise<ReadonlySet<string>> {
  const subjects_filter = jobSubject(experiment, "*");
  const { state } = await manager.streams.info(JOBS_STREAM, { subjects_filter });
  return new Set(Object.keys(state.subjects ?? {}));
}

export async function forgetRows(manager: JetStreamManager, experiment: string): Promise<void> {
  await manager.streams.purge(ROWS_STREAM, { filter: rowsSubjects(experiment) });
}

/** Removes all that the streams have of an experiment. */
export async function forgetExperiment(
  manager: JetStreamManager,
  experiment: string,
): Promise<void> {
  await manager.streams.purge(JOBS_STREAM, { filter: jobSubject(experiment, "*") });
  await manager.consumers.delete(JOBS_STREAM, experiment).catch((cause: unknown) => {
    if (!/not found/i.test(String(cause))) throw cause;
  });
  await forgetRows(manager, experiment);
}
