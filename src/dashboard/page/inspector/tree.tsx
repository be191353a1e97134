// A value as a tree: what is long is folded, and what is folded is not there.
import { useSignal } from "@preact/signals";
import type { Json } from "../../../core/json.ts";

/** Text in a line; more is folded. */
const LINE = 44;
/** Members that are shown of one value. */
const MEMBERS = 100;

type Props = { readonly name: string; readonly value: Json };

export function Tree({ name, value }: Props) {
  const open = useSignal(false);
  const line = JSON.stringify(value) ?? "";
  if (name.length + line.length <= LINE) {
    return (
      <div class="leaf">
        <span class="key">{name}</span> <code>{line}</code>
      </div>
    );
  }
  return (
    <details
      class="leaf"
      open={open.value}
      onToggle={({ currentTarget }) => {
        open.value = currentTarget.open;
      }}
    >
      <summary>
        <span class="key">{name}</span> <span class="quiet">{abridged(value, line)}</span>
      </summary>
      {open.value ? <Members value={value} line={line} /> : null}
    </details>
  );
}

function Members({ value, line }: { readonly value: Json; readonly line: string }) {
  if (typeof value !== "object" || value === null) return <code class="long">{line}</code>;
  const members = Object.entries(value);
  return (
    <div class="members">
      {members.slice(0, MEMBERS).map(([name, member]) => (
        <Tree key={name} name={name} value={member as Json} />
      ))}
      {members.length > MEMBERS ? <p class="quiet">and {members.length - MEMBERS} more</p> : null}
    </div>
  );
}

function abridged(value: Json, line: string): string {
  if (Array.isArray(value)) return `${value.length} items`;
  if (typeof value === "object" && value !== null) return `${Object.keys(value).length} fields`;
  return `${line.slice(0, LINE)}…`;
}
