// The hand-off of lots for TLC, one step a line.
import { OrreryError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { KIND } from "../../core/trace-event.ts";
import { type Format, isChosen } from "../../formats/format.ts";
import { fromTheStart } from "../../formats/tla.ts";
import { handoffLine } from "../../systems/factory/books/handoff-lines.ts";

export const tlaHandoff: Format = {
  says: "one JSON object a step, for TLC with docs/tla/HandoffTrace.tla: is each lot of a factory in one place?",
  extension: "ndjson",
  begin({ run, names }, choice, write) {
    fromTheStart(choice);
    if (run.system !== "factory") {
      const fix = "--to tla takes any system";
      throw new OrreryError("config/value", `${run.system} hands no lots over; ${fix}`);
    }
    let events = 0;
    return {
      see(batch) {
        let text = "";
        for (const [index, row] of batch.detailRows.entries()) {
          if (batch.kind(row) !== KIND.internal) continue;
          const process = batch.process(row);
          if (!isChosen(choice, batch, row)) continue;
          const { name, fields } = batch.details[index] as Note;
          const line = handoffLine(names, process, name, fields);
          if (line === undefined) continue;
          text += `${JSON.stringify(line)}\n`;
          events++;
        }
        write(text);
      },
      end: () => ({ events, notes: [] }),
    };
  },
};

type Note = { readonly name: string; readonly fields: { readonly [field: string]: Json } };
