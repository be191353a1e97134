// Under which names things go over NATS. All begin with `orrery`, so that an account can be allowed just those:
// subscribe to `orrery.>` and `_INBOX.>`, publish there and to what deploy/nats/common.conf lists of JetStream.

/** Asked by who looks for workers; each answers. */
export const WORKERS = "orrery.workers";

/** Of one worker: what it is asked, and what runs tell it. */
export const workerSubject = (worker: string, what: WorkerAsk): string =>
  `orrery.worker.${worker}.${what}`;

/**
 * Who it is; what its clock shows; what files of a run there are; a piece of one; that a run's files are no longer needed;
 * of runs: their links.
 */
export type WorkerAsk = "who" | "time" | "files" | "read" | "forget" | "run";

/** Of one run: to its supervisor, from workers' links and of how they are; to all its workers, and to one. */
export const linkSubject = (run: string): string => `orrery.run.${run}.link`;
export const statusSubject = (run: string): string => `orrery.run.${run}.status`;
export const hereSubject = (run: string): string => `orrery.run.${run}.here`;
export const toSubject = (run: string, index: number): string => `orrery.run.${run}.to.${index}`;

/** Key-value buckets: which worker a part of a run is on; what keepers of runs keep. */
export const PARTS_BUCKET = "orrery_parts";
export const KEPT_BUCKET = "orrery_kept";

/** Said again and again by the clients of experiments; workers answer whether they take part. */
export const EXPERIMENTS = "orrery.experiments";
export const answersSubject = (experiment: string): string => `orrery.answers.${experiment}`;

/** Jobs of experiments, and the rows that came of them, in pieces. */
export const JOBS_STREAM = "orrery_jobs";
export const ROWS_STREAM = "orrery_rows";
export const jobSubject = (experiment: string, job: number | "*"): string =>
  `orrery.jobs.${experiment}.${job}`;
export const rowsSubject = (experiment: string, job: number, piece: number): string =>
  `orrery.rows.${experiment}.${job}.${piece}`;
/** All rows of an experiment. */
export const rowsSubjects = (experiment: string): string => `orrery.rows.${experiment}.>`;
