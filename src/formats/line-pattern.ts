// The patterns in a log's first lines, as far as logs use them: named groups, characters, classes and * + ?. They come
// with a file from anywhere, so they are matched in time O(pattern · line), which a RegExp does not promise.
import { OrreryError } from "../core/errors.ts";

type Atom = {
  /** The letter, if it is one. */
  readonly letter: string | undefined;
  readonly takes: (letter: string) => boolean;
  readonly optional: boolean;
  readonly repeats: boolean;
  readonly lazy: boolean;
};

/**
 * Whether a RegExp takes linear time too: if each part that repeats, but for the last, ends where the next begins, as
 * that is a letter which it does not take.
 */
function isPlain(atoms: readonly Atom[]): boolean {
  const open = atoms.flatMap(({ repeats, optional }, at) => (repeats || optional ? [at] : []));
  return open.slice(0, -1).every((at) => {
    const next = atoms[at + 1]!;
    return next.letter !== undefined && !next.optional && !atoms[at]!.takes(next.letter);
  });
}

/** One line of a pattern: it matches a whole line or nothing. */
export class LinePattern {
  readonly #atoms: readonly Atom[];
  /** From which atom to before which each group reaches. */
  readonly #groups: readonly (readonly [string, number, number])[];
  readonly #plain: RegExp | undefined;

  /** @throws OrreryError "log/unreadable" if the pattern says more than is supported */
  constructor(source: string) {
    const atoms: Atom[] = [];
    const groups: [string, number, number][] = [];
    let open: [string, number, number] | undefined;
    const token =
      /\(\?<(\w+)>|(\))|(\[(?:\\.|[^\]\\])+\]|\\[^\n\dkbBuxcpP]|[^\\()[\]|*+?^$])([*+?]\??)?/y;
    if (/\{\d/.test(source)) throw unsupported(source);
    const bare = source.replace(/^\^/, "").replace(/(?<!\\)\$$/, "");
    for (let match = token.exec(bare); ; match = token.exec(bare)) {
      if (match === null) break;
      const [, name, close, one, times = ""] = match;
      if (one !== undefined) atoms.push(...atomsOf(one, times));
      const wrong = name !== undefined ? open !== undefined : close !== undefined && !open;
      if (wrong) throw unsupported(source);
      if (name !== undefined) open = [name, atoms.length, 0];
      if (close !== undefined) {
        groups.push([open![0], open![1], atoms.length]);
        open = undefined;
      }
      if (token.lastIndex === bare.length) break;
    }
    if (open !== undefined || (bare !== "" && token.lastIndex !== bare.length))
      throw unsupported(source);
    this.#atoms = atoms;
    this.#groups = groups;
    this.#plain = isPlain(atoms) ? compiled(`^${bare}$`) : undefined;
  }

  get names(): readonly string[] {
    return this.#groups.map(([name]) => name);
  }

  /** What the groups stand for, or undefined if the line does not match. */
  match(line: string): { readonly [group: string]: string } | undefined {
    if (this.#plain !== undefined) {
      const plain = this.#plain.exec(line);
      return plain === null ? undefined : { ...plain.groups };
    }
    const ends = this.#endsOf(line);
    if (ends === undefined) return undefined;
    const found: { [group: string]: string } = {};
    for (const [name, from, to] of this.#groups) {
      found[name] = line.slice(from === 0 ? 0 : ends[from - 1], to === 0 ? 0 : ends[to - 1]);
    }
    return found;
  }

  /** Where each atom's part of the line ends. */
  #endsOf(line: string): Int32Array | undefined {
    const atoms = this.#atoms;
    const width = line.length + 1;
    // Whether the atoms from one on match the line from a place on.
    const fits = new Uint8Array((atoms.length + 1) * width);
    fits[atoms.length * width + line.length] = 1;
    for (let atom = atoms.length - 1; atom >= 0; atom--) {
      const { takes, optional, repeats } = atoms[atom]!;
      for (let at = line.length; at >= 0; at--) {
        const next = (atom + 1) * width + at;
        const taken = at < line.length && takes(line[at]!);
        const further = repeats ? fits[atom * width + at + 1]! : fits[next + 1]!;
        fits[atom * width + at] = (optional && fits[next]!) || (taken && further) ? 1 : 0;
      }
    }
    if (fits[0] === 0) return undefined;
    const ends = new Int32Array(atoms.length);
    let at = 0;
    atoms.forEach(({ takes, optional, repeats, lazy }, atom) => {
      const leaves = (): boolean => optional && fits[(atom + 1) * width + at] === 1;
      const takesOne = (): boolean =>
        at < line.length &&
        takes(line[at]!) &&
        fits[(repeats ? atom : atom + 1) * width + at + 1] === 1;
      do {
        if ((lazy && leaves()) || !takesOne()) break;
        at++;
      } while (repeats);
      ends[atom] = at;
    });
    return ends;
  }
}

function atomsOf(one: string, times: string): Atom[] {
  const takes = takesOf(one);
  const lazy = times.endsWith("?") && times.length === 2;
  const letter = /^[^.\\[]$/.test(one) ? one : undefined;
  const single: Atom = { letter, takes, optional: false, repeats: false, lazy };
  switch (times[0]) {
    case "*":
      return [{ ...single, optional: true, repeats: true }];
    case "+":
      return [single, { ...single, optional: true, repeats: true }];
    case "?":
      return [{ ...single, optional: true }];
    default:
      return [single];
  }
}

function takesOf(one: string): (letter: string) => boolean {
  if (one === ".") return () => true;
  if (one.length === 1) return (letter) => letter === one;
  const pattern = compiled(`^${one}$`);
  // Most letters are of the first 128: asked once.
  const known = Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
  return (letter) => known[letter.charCodeAt(0)] ?? pattern.test(letter);
}

function compiled(source: string): RegExp {
  try {
    return new RegExp(source, "s");
  } catch {
    // Such as a class from z to a, or a name that two groups have.
    throw unsupported(source);
  }
}

const unsupported = (source: string): OrreryError =>
  new OrreryError(
    "log/unreadable",
    `the pattern ${source} says more than named groups, characters, classes and * + ?`,
  );
