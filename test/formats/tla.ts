// A small interpreter for the part of TLA+ that our trace specifications are written in, so that they are executed
// where TLC is not to be had. It knows the language alone: rules, invariants and postcondition are those of the files.

type Value = number | string | boolean | Tuple | Dictionary | Fields;
type Tuple = readonly Value[];
/** A set (each element under its own text), or a function of texts and numbers. */
type Dictionary = ReadonlyMap<string | number, Value>;
type Fields = { readonly [name: string]: Value };
type Names = ReadonlyMap<string, Value>;

type Token = { readonly text: string; readonly column: number };
type Node = { readonly op: string; readonly text?: string; readonly of: readonly Node[] };
type Definition = { readonly parameters: readonly string[]; readonly tokens: readonly Token[] };

const TOKEN =
  /"[^"]*"|\d+|\w+|\\\*.*|\\(?:A|E|in|notin|cup)\b|\/\\|\\\/|==|=>|\|->|<=|>=|<<|>>|\.\.|[-=#<>+()[\]{},:.@!'~]/g;

/** From the loosest to the tightest. */
const BINDING: { readonly [operator: string]: number } = {
  ...{ "=>": 1, "\\/": 2, "/\\": 3 },
  ...{ "=": 4, "#": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "\\in": 4, "\\notin": 4 },
  ...{ "\\cup": 5, "..": 6, "+": 7, "-": 7 },
};

/** Reads one expression. Lists of conjuncts and disjuncts end where something stands no further right than their bullets. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #margin = -1;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  all(): Node {
    const node = this.#expression();
    if (this.#at < this.#tokens.length)
      throw new Error(`${this.#tokens[this.#at]!.text} is not understood`);
    return node;
  }

  #peek(): string | undefined {
    const token = this.#tokens[this.#at];
    return token === undefined || token.column <= this.#margin ? undefined : token.text;
  }

  #take(expected?: string): string {
    const text = this.#peek();
    if (text === undefined || (expected !== undefined && text !== expected)) {
      throw new Error(`${text} where ${expected ?? "something"} should be`);
    }
    this.#at++;
    return text;
  }

  #skip(expected?: string): this {
    this.#take(expected);
    return this;
  }

  #expression(least = 0): Node {
    const first = this.#peek();
    if (first === "/\\" || first === "\\/") return this.#bullets(first);
    let left = this.#postfix();
    for (let operator = this.#peek(); ; operator = this.#peek()) {
      const binding = BINDING[operator ?? ""];
      if (binding === undefined || binding < least) return left;
      const right = this.#skip().#expression(binding + 1);
      left = { op: operator!, of: [left, right] };
    }
  }

  #bullets(bullet: string): Node {
    const outer = this.#margin;
    const { column } = this.#tokens[this.#at]!;
    const of: Node[] = [];
    for (let next = this.#tokens[this.#at]; next?.text === bullet && next.column === column; ) {
      this.#at++;
      this.#margin = column;
      of.push(this.#expression());
      this.#margin = outer;
      next = this.#tokens[this.#at];
    }
    return { op: bullet, of };
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      const next = this.#peek();
      if (next === "'") {
        this.#take();
        node = { op: "'", text: node.text!, of: [] };
      } else if (next === ".") node = { op: ".", text: this.#skip().#take(), of: [node] };
      else if (next === "[") {
        this.#take();
        node = { op: "apply", of: [node, this.#expression()] };
        this.#take("]");
      } else return node;
    }
  }

  #list(close: string): Node[] {
    const all: Node[] = [];
    while (this.#peek() !== close) {
      if (all.length > 0) this.#take(",");
      all.push(this.#expression());
    }
    this.#take(close);
    return all;
  }

  #primary(): Node {
    const text = this.#take();
    if (text.startsWith('"')) return { op: "literal", text: text.slice(1, -1), of: [] };
    if (/^\d+$/.test(text)) return { op: "number", text, of: [] };
    switch (text) {
      case "(": {
        const [inside] = this.#list(")");
        return inside!;
      }
      case "<<":
        return { op: "tuple", of: this.#list(">>") };
      case "{":
        return this.#braces();
      case "[":
        return this.#brackets();
      case "\\A":
      case "\\E": {
        const [name, domain] = this.#bound();
        this.#take(":");
        return { op: text, text: name, of: [domain, this.#expression()] };
      }
      case "UNCHANGED":
        return { op: text, of: [this.#postfix()] };
      case "IF": {
        const test = this.#expression();
        const yes = this.#skip("THEN").#expression();
        const no = this.#skip("ELSE").#expression();
        return { op: text, of: [test, yes, no] };
      }
      default:
        if (!/^(\w+|@)$/.test(text)) throw new Error(`${text} begins nothing`);
        return {
          op: "name",
          text,
          of: this.#peek() === "(" ? this.#skip().#list(")") : [],
        };
    }
  }

  #bound(): readonly [string, Node] {
    const name = this.#take();
    this.#take("\\in");
    return [name, this.#expression(5)];
  }

  /** Elements, or those of a set for which something holds, or what is made of each. */
  #braces(): Node {
    if (this.#tokens[this.#at + 1]?.text === "\\in") {
      const [name, domain] = this.#bound();
      this.#take(":");
      const [test] = this.#list("}");
      return { op: "filter", text: name, of: [domain, test!] };
    }
    if (this.#peek() === "}") return { op: "set", of: this.#list("}") };
    const first = this.#expression();
    if (this.#peek() === ":") {
      const [name, domain] = this.#skip().#bound();
      this.#take("}");
      return { op: "map", text: name, of: [domain, first] };
    }
    if (this.#peek() === ",") this.#take();
    return { op: "set", of: [first, ...this.#list("}")] };
  }

  /** A record, a function, or one that differs from another at a place. */
  #brackets(): Node {
    const after = this.#tokens[this.#at + 1]?.text;
    if (after === "\\in") {
      const [name, domain] = this.#bound();
      this.#take("|->");
      const [value] = this.#list("]");
      return { op: "function", text: name, of: [domain, value!] };
    }
    if (after === "|->") {
      const of: Node[] = [];
      for (let name = this.#take(); ; name = this.#take()) {
        this.#take("|->");
        of.push({ op: "field", text: name, of: [this.#expression()] });
        if (this.#take() === "]") return { op: "record", of };
      }
    }
    const changed = this.#expression();
    for (const expected of ["EXCEPT", "!", "["]) this.#take(expected);
    const [place] = this.#list("]");
    this.#take("=");
    const [value] = this.#list("]");
    return { op: "EXCEPT", of: [changed, place!, value!] };
  }
}

const nameOf = (value: Value): string | number =>
  typeof value === "number" ? value : typeof value === "string" ? value : JSON.stringify(value);
const setOf = (values: Iterable<Value>): Dictionary =>
  new Map([...values].map((each) => [nameOf(each), each]));
const same = (a: Value, b: Value): boolean => a === b || nameOf(a) === nameOf(b);

export type Checked = {
  /** The postcondition of the configuration. */
  readonly accepted: boolean;
  /** Lines that were steps. */
  readonly steps: number;
  /** The invariant that did not hold in some state. */
  readonly broken?: string;
};

/** A module, ready to be checked against logs. */
export class Module {
  readonly #variables: readonly string[];
  readonly #definitions = new Map<string, Definition>();
  readonly #nodes = new Map<string, Node>();
  readonly #invariants: readonly string[];
  readonly #postcondition: string;
  #constants = new Map<string, Value>();
  #log: Tuple = [];
  #depth = 0;

  constructor(text: string, configuration: string) {
    const code = text.replaceAll(/\(\*[\s\S]*?\*\)|\\\*.*/g, "");
    const [, variables = ""] = /VARIABLES([\s\S]*?)\n\n/.exec(code)!;
    this.#variables = variables.split(",").map((each) => each.trim());
    const rules = code.replace(/VARIABLES[\s\S]*?\n\n/, "");
    const heads = [...rules.matchAll(/^(\w+)(?:\(([^)]*)\))? ==/gm)];
    for (const [index, head] of heads.entries()) {
      const end = heads[index + 1]?.index ?? rules.search(/^=====*$/m);
      const tokens: Token[] = [];
      // The first line keeps its columns.
      const body = " ".repeat(head[0].length) + rules.slice(head.index + head[0].length, end);
      for (const line of body.split("\n")) {
        for (const { 0: token, index: column } of line.matchAll(TOKEN))
          tokens.push({ text: token, column });
      }
      const parameters = head[2]?.split(",").map((each) => each.trim()) ?? [];
      this.#definitions.set(head[1]!, { parameters, tokens });
    }
    this.#invariants = [...configuration.matchAll(/^INVARIANT (\w+)$/gm)].map(([, name]) => name!);
    [, this.#postcondition = ""] = /^POSTCONDITION (\w+)$/m.exec(configuration)!;
  }

  /** Looks at all behaviours, breadth first, as TLC does. */
  check(log: readonly unknown[]): Checked {
    this.#log = log as Tuple;
    this.#constants = new Map();
    let states = [...this.#successors(this.#node("Init"), NOTHING, NOTHING, new Map(), true)];
    let broken: string | undefined;
    for (this.#depth = 0; states.length > 0; this.#depth++) {
      for (const state of states) {
        broken ??= this.#invariants.find(
          (name) => this.#value(this.#node(name), NOTHING, state) !== true,
        );
      }
      if (broken !== undefined) break;
      states = states.flatMap((state) => [
        ...this.#successors(this.#node("Next"), NOTHING, state, new Map(), false),
      ]);
      if (states.length > 100) throw new Error("a log leaves too much open");
    }
    const accepted = this.#value(this.#node(this.#postcondition), NOTHING, NOTHING) === true;
    return {
      accepted: accepted && broken === undefined,
      steps: this.#depth - 1,
      ...(broken && { broken }),
    };
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name) ?? new Parser(this.#definitions.get(name)!.tokens).all();
    this.#nodes.set(name, node);
    return node;
  }

  /** Ways to make an action true, each with the next values of variables. `first`: values of the first state instead. */
  *#successors(
    node: Node,
    names: Names,
    state: Names,
    next: Names,
    first: boolean,
  ): Generator<Names> {
    const { op, of, text } = node;
    const [left, right] = of;
    if (op === "/\\") yield* this.#conjuncts(of, names, state, next, first);
    else if (op === "\\/")
      for (const each of of) yield* this.#successors(each, names, state, next, first);
    else if (op === "\\E") {
      for (const each of elements(this.#value(left!, names, state))) {
        yield* this.#successors(right!, new Map(names).set(text!, each), state, next, first);
      }
    } else if (op === "UNCHANGED") {
      const variables = left!.op === "tuple" ? left!.of : [left!];
      const same = variables.map((each) => [each.text!, state.get(each.text!)!] as const);
      yield new Map([...next, ...same]);
    } else if (
      op === "=" &&
      left!.op === (first ? "name" : "'") &&
      this.#variables.includes(left!.text!)
    ) {
      const value = this.#value(right!, names, state);
      const before = next.get(left!.text!);
      if (before === undefined) yield new Map(next).set(left!.text!, value);
      else if (same(before, value)) yield next;
    } else if (op === "name" && this.#definitions.has(text!)) {
      const called = this.#called(node, names, state);
      yield* this.#successors(this.#node(text!), called, state, next, first);
    } else if (this.#value(node, names, state) === true) yield next;
  }

  *#conjuncts(
    of: readonly Node[],
    names: Names,
    state: Names,
    next: Names,
    first: boolean,
  ): Generator<Names> {
    const [head, ...rest] = of;
    for (const each of this.#successors(head!, names, state, next, first)) {
      if (rest.length === 0) yield each;
      else yield* this.#conjuncts(rest, names, state, each, first);
    }
  }

  #called({ text, of }: Node, names: Names, state: Names): Names {
    const { parameters } = this.#definitions.get(text!)!;
    return new Map(parameters.map((name, index) => [name, this.#value(of[index]!, names, state)]));
  }

  #named(node: Node, names: Names, state: Names): Value {
    const text = node.text!;
    const known = names.get(text) ?? state.get(text) ?? this.#constants.get(text);
    if (known !== undefined) return known;
    if (text === "ndJsonDeserialize") return this.#log;
    if (text === "TLCGet") return { diameter: this.#depth };
    if (text === "Len") return (this.#value(node.of[0]!, names, state) as Tuple).length;
    if (!this.#definitions.has(text)) throw new Error(`${text} is not defined`);
    const value = this.#value(this.#node(text), this.#called(node, names, state), state);
    if (CONSTANTS.includes(text)) this.#constants.set(text, value);
    return value;
  }

  #value(node: Node, names: Names, state: Names): Value {
    const { op, of, text } = node;
    const value = (index: number, more = names): Value => this.#value(of[index]!, more, state);
    const each = (): readonly (readonly [Value, Names])[] =>
      [...elements(value(0))].map((one) => [one, new Map(names).set(text!, one)]);
    switch (op) {
      case "name":
        return this.#named(node, names, state);
      case "literal":
        return text!;
      case "number":
        return Number(text);
      case "/\\":
        return of.every((_, index) => value(index) === true);
      case "\\/":
        return of.some((_, index) => value(index) === true);
      case "=>":
        return value(0) !== true || value(1) === true;
      case "\\A":
        return each().every(([, more]) => value(1, more) === true);
      case "\\E":
        return each().some(([, more]) => value(1, more) === true);
      case "IF":
        return value(0) === true ? value(1) : value(2);
      case "=":
        return same(value(0), value(1));
      case "#":
        return !same(value(0), value(1));
      case "<=":
        return value(0) <= value(1);
      case ">":
        return value(0) > value(1);
      case "+":
        return (value(0) as number) + (value(1) as number);
      case "-":
        return (value(0) as number) - (value(1) as number);
      case "..": {
        const [from, to] = [value(0) as number, value(1) as number];
        return setOf(
          Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index),
        );
      }
      case "\\in":
        return (value(1) as Dictionary).has(nameOf(value(0)));
      case "\\cup":
        return new Map([...(value(0) as Dictionary), ...(value(1) as Dictionary)]);
      case "set":
        return setOf(of.map((_, index) => value(index)));
      case "filter":
        return setOf(each().flatMap(([one, more]) => (value(1, more) === true ? [one] : [])));
      case "map":
        return setOf(each().map(([, more]) => value(1, more)));
      case "function":
        return new Map(each().map(([one, more]) => [nameOf(one), value(1, more)]));
      case "record":
        return Object.fromEntries(
          of.map((field) => [field.text!, this.#value(field.of[0]!, names, state)]),
        );
      case "EXCEPT": {
        const changed = value(0) as Dictionary;
        const place = nameOf(value(1));
        const more = new Map(names).set("@", changed.get(place)!);
        return new Map(changed).set(place, value(2, more));
      }
      case ".":
        return there((value(0) as Fields)[text!], text!);
      case "apply": {
        const [applied, place] = [value(0), value(1)];
        const found = Array.isArray(applied)
          ? applied[(place as number) - 1]
          : (applied as Dictionary).get(nameOf(place));
        return there(found, String(place));
      }
      default:
        throw new Error(`${op} is not understood here`);
    }
  }
}

const NOTHING: Names = new Map();
/** Definitions that no state changes: they are evaluated once, as by TLC. */
const CONSTANTS = ["Log", "Hosts", "Lots"];

const elements = (value: Value): Iterable<Value> => (value as Dictionary).values();

/** As for TLC, to ask for what is not there is an error, not a no. */
function there(found: Value | undefined, place: string): Value {
  if (found === undefined) throw new Error(`there is no ${place}`);
  return found;
}
