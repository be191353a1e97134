// The entry point of a worker's OS process.
import { runWorker } from "../runtimes/tcp/worker.ts";
import { findSystem } from "./systems.ts";

runWorker(findSystem);
