// Programs that are no good nodes, each in its own way: what the host says of them is what is tested.
import { spawn } from "node:child_process";
import { node } from "./lib.mjs";

const [way] = process.argv.slice(2);

if (way === "chats") process.stdout.write("hello, I am a node\n");
if (way === "dies") {
  process.stderr.write("no config file: giving up\n");
  process.exitCode = 3;
} else if (way === "silent") {
  setInterval(() => {}, 1_000);
} else {
  let echoes = 0;
  const self = node({
    echo({ echo }) {
      echoes++;
      if (way === "quits" && echoes === 3) process.exit(7);
      if (way === "strays") self.send("n99", { type: "hello" });
      if (way === "swells") process.stdout.write("x".repeat(5_000_000));
      if (way === "forges") {
        process.stdout.write(
          `${JSON.stringify({ src: "n77", dest: "n0", body: { type: "x" } })}\n`,
        );
      }
      return way === "adds" ? { type: "echo_ok", echo, extra: 1 } : { type: "echo_ok", echo };
    },
  });
  if (way === "forks") {
    // A grandchild that would go on for ever.
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    process.stderr.write(`pids ${process.pid} ${child.pid}\n`);
  }
}
