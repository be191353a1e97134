// A node that answers what it is told.
import { node } from "./lib.mjs";

node({ echo: ({ echo }) => ({ type: "echo_ok", echo }) });
