// The entry point of a worker's OS process.
import { runWorker } from "../../runtimes/real/worker.ts";
import { tcpWire } from "../../runtimes/tcp/wire/tcp-wire.ts";
import { systemNamed } from "../find-system.ts";

runWorker(systemNamed, tcpWire);
