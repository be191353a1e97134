// The entry point of an OS process that runs a part of a run on nats.
import { natsWire } from "../../runtimes/nats/nats-wire.ts";
import { runWorker } from "../../runtimes/real/worker.ts";
import { systemNamed } from "../find-system.ts";

runWorker(systemNamed, natsWire);
