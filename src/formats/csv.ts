// Comma-separated values (RFC 4180), one line an event: spreadsheets, pandas and DuckDB open it.
import { NONE } from "../core/batch.ts";
import { EVENT_KINDS } from "../core/trace-event.ts";
import { type Format, isChosen } from "./format.ts";

const COLUMNS =
  "sequence,time_micros,process,name,incarnation,kind,lamport,inbox,peer,message,sender_incarnation,detail";

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const orEmpty = (number: number): number | string => (number === NONE ? "" : number);

/** The columns of `trace.parquet`, as text. */
export const csv: Format = {
  says: "one line an event, with the columns of trace.parquet; for spreadsheets and scripts",
  extension: "csv",
  begin({ names }, choice, write) {
    let events = 0;
    write(`${COLUMNS}\n`);
    return {
      see(batch) {
        let text = "";
        batch.each((row, detail) => {
          if (!isChosen(choice, batch, row)) return;
          const process = batch.process(row);
          events++;
          const message = batch.message(row);
          text += [
            ...[
              batch.first + row,
              batch.time(row),
              process,
              names[process],
              batch.incarnation(row),
            ],
            ...[EVENT_KINDS[batch.kind(row)]!.name, batch.lamport(row), batch.inbox(row)],
            ...[orEmpty(batch.peer(row)), orEmpty(message)],
            message === NONE ? "" : batch.senderIncarnation(row),
            detail === undefined ? "" : quoted(JSON.stringify(detail)),
          ].join(",");
          text += "\n";
        });
        write(text);
      },
      end: () => ({ events, notes: [] }),
    };
  },
};
