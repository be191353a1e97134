// A lot and all that went into it, as a tree.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LotTree } from "../../../systems/factory/view-state.ts";
import { lotOf } from "../store.ts";
import { shortLot } from "./stage.tsx";

export function Genealogy({
  lot,
  onLot,
  onClose,
}: {
  lot: string;
  onLot: (lot: string) => void;
  onClose: () => void;
}) {
  const tree = useSignal<LotTree | null | undefined>(undefined);
  useEffect(() => {
    let current = true;
    lotOf(lot).then(
      (found) => {
        if (current) tree.value = found as unknown as LotTree | null;
      },
      () => {
        if (current) tree.value = null;
      },
    );
    return () => {
      current = false;
    };
  }, [lot, tree]);
  return (
    <section class="factory-genealogy" aria-label={`genealogy of ${lot}`}>
      <h2>
        {shortLot(lot)}
        <button type="button" aria-label="close" onClick={onClose}>
          ×
        </button>
      </h2>
      {tree.value === undefined ? (
        <p>Looking…</p>
      ) : tree.value === null ? (
        <p>Nothing is known of it any more.</p>
      ) : (
        <ul>
          <Branch tree={tree.value} onLot={onLot} />
        </ul>
      )}
    </section>
  );
}

function Branch({ tree, onLot }: { tree: LotTree; onLot: (lot: string) => void }) {
  return (
    <li>
      <button type="button" onClick={() => onLot(tree.lot)}>
        {shortLot(tree.lot)}
      </button>{" "}
      {tree.known ? (
        <>
          {tree.amount} {tree.item}, made at {(tree.made / 1e6).toFixed(1)} s; {tree.where}
          {tree.from.length === 0 ? null : (
            <ul>
              {tree.from.map((each) => (
                <Branch key={each.lot} tree={each} onLot={onLot} />
              ))}
            </ul>
          )}
        </>
      ) : (
        "made too long ago to be known here"
      )}
    </li>
  );
}
