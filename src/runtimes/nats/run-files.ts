// The files that a run left, or is making, in a folder of a worker: its supervisor reads them over NATS, piece by piece.
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { CHECKED } from "./words.ts";

type Listed = { readonly name: string; readonly size: number };

/** Records and stores, by their names within the folder. */
export function filesIn(folder: string): readonly Listed[] {
  return ["records", "stores"].flatMap((kind) => {
    if (!existsSync(join(folder, kind))) return [];
    return readdirSync(join(folder, kind))
      .filter((name) => !name.endsWith(".lock"))
      .map((name) => ({ name: `${kind}/${name}`, size: sizeOf(join(folder, kind, name)) }));
  });
}

/** Up to `most` bytes from `at` on; undefined if what is before is not what the asker has, by its checksum. */
export function pieceOf(path: string, at: number, crc: number, most: number): Buffer | undefined {
  if (!existsSync(path)) return undefined;
  const descriptor = openSync(path, "r");
  try {
    const before = Math.min(CHECKED, at);
    const { size } = fstatSync(descriptor);
    if (size < at || crc32(bytesOf(descriptor, at - before, before)) !== crc) return undefined;
    return bytesOf(descriptor, at, Math.min(most, size - at));
  } finally {
    closeSync(descriptor);
  }
}

function bytesOf(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, at));
}

/** SQLite removes files that it no longer needs. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
