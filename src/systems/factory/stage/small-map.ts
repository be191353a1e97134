// A map of few entries that is never changed: a change makes another, which costs one copy of a short array or two.
// A `Map` would have to be hashed anew for each; with some twenty entries that takes ten times as long.

/** Entries are in the order in which their keys were first put. Looking up takes time in proportion to their number. */
export class SmallMap<Key extends string | number, Value> {
  readonly keys: readonly Key[];
  /** The value of each key, at its index. */
  readonly values: readonly Value[];

  constructor(keys: readonly Key[] = [], values: readonly Value[] = []) {
    this.keys = keys;
    this.values = values;
  }

  static of<Key extends string | number, Value>(
    entries: readonly (readonly [Key, Value])[],
  ): SmallMap<Key, Value> {
    return new SmallMap(
      entries.map(([key]) => key),
      entries.map(([, value]) => value),
    );
  }

  get size(): number {
    return this.keys.length;
  }

  get entries(): readonly (readonly [Key, Value])[] {
    return this.keys.map((key, at) => [key, this.values[at]!] as const);
  }

  get(key: Key): Value | undefined {
    const at = this.keys.indexOf(key);
    return at < 0 ? undefined : this.values[at];
  }

  has(key: Key): boolean {
    return this.keys.includes(key);
  }

  /** The keys whose values are so. */
  where(isSo: (value: Value) => boolean): readonly Key[] {
    return this.keys.filter((_, at) => isSo(this.values[at]!));
  }

  /** With this value at the key, in its place or else as the last. */
  with(key: Key, value: Value): SmallMap<Key, Value> {
    const at = this.keys.indexOf(key);
    if (at < 0) return new SmallMap([...this.keys, key], [...this.values, value]);
    return new SmallMap(this.keys, this.values.with(at, value));
  }

  /** Without the key; this very map if it has none. */
  without(key: Key): SmallMap<Key, Value> {
    const at = this.keys.indexOf(key);
    if (at < 0) return this;
    return new SmallMap(this.keys.toSpliced(at, 1), this.values.toSpliced(at, 1));
  }

  /** With what becomes of each value. */
  map<Other>(of: (value: Value) => Other): SmallMap<Key, Other> {
    return new SmallMap(this.keys, this.values.map(of));
  }
}
