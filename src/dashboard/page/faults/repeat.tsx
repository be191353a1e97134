// The line that repeats the run in virtual time, with all that befell it.
import { useSignal } from "@preact/signals";
import { complaint, frame } from "../store.ts";

/** How long it says that it was copied, ms. */
const SAID = 1_500;

export function Repeat() {
  const copied = useSignal(false);
  const line = frame.value?.repeat ?? "";
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(line);
      copied.value = true;
      setTimeout(() => {
        copied.value = false;
      }, SAID);
    } catch {
      complaint.value = "The browser did not let it be copied: select the line instead.";
    }
  };
  return (
    <section class="repeat" aria-labelledby="repeat-title">
      <div class="row spread">
        <h3 id="repeat-title">Repeat this run</h3>
        <button type="button" class="plain" onClick={copy}>
          {copied.value ? "Copied" : "Copy"}
        </button>
      </div>
      <code>{line}</code>
    </section>
  );
}
