// The page as a whole: what is shown, how it is driven, the view that was chosen, and the panel beside it.
import { useEffect } from "preact/hooks";
import { Factory } from "./factory/factory.tsx";
import { Overview } from "./overview/overview.tsx";
import { Runs } from "./runs.tsx";
import { Announcer } from "./shell/announcer.tsx";
import { Header, isThere } from "./shell/header.tsx";
import { HelpDialog, listenForKeys } from "./shell/keys.tsx";
import { Side } from "./shell/side.tsx";
import { Transport } from "./shell/transport.tsx";
import { SpaceTime } from "./space-time/space-time.tsx";
import { complaint, view } from "./store.ts";

const SHOWN = { overview: Overview, "space-time": SpaceTime, factory: Factory, runs: Runs };

export function App() {
  useEffect(listenForKeys, []);
  return (
    <>
      <div class="top">
        <Header />
        <Transport />
      </div>
      <Complaint />
      <div class="body">
        <main>
          <Shown />
        </main>
        <Side />
      </div>
      <Announcer />
      <HelpDialog />
    </>
  );
}

function Shown() {
  const View = SHOWN[isThere(view.value) ? view.value : "overview"];
  return <View />;
}

function Complaint() {
  if (complaint.value === null) return null;
  return (
    <p class="complaint" role="alert">
      {complaint.value}
      <button
        type="button"
        class="plain"
        onClick={() => {
          complaint.value = null;
        }}
      >
        Dismiss
      </button>
    </p>
  );
}
