// The entry point of a worker's OS process.
import { runWorker } from "../runtimes/tcp/worker.ts";
import { systemNamed } from "./find-system.ts";

runWorker(systemNamed);
