// The wire of a worker on tcp: a mesh of connections on this host.
import type { NewWire } from "../../real/wire/wire.ts";
import { Mesh } from "./mesh.ts";

const LOOPBACK = "127.0.0.1";

export const tcpWire: NewWire = ({ index, cluster, secret, boot }, names, events) => {
  const mesh = new Mesh({
    identity: { name: names[index]!, cluster, model: "", secret, boot },
    members: names,
    events: { ...events, lost: () => {}, failed: () => {} },
  });
  return {
    listen: () => mesh.listen(LOOPBACK, 0),
    introduce: (address) => mesh.introduce({ ...address, host: LOOPBACK }),
    get missing() {
      return mesh.missing;
    },
    send: (worker, frame) => mesh.send(worker, frame),
    flush: () => mesh.flush(),
    hold: (held) => mesh.hold(held),
    refuseMessage: (peer) => mesh.refuseMessage(peer),
    close: () => mesh.close(),
    get reconnects() {
      return mesh.reconnects;
    },
    refusals: mesh.refusals,
  };
};
