// Whether stores are bound to this host. Where a part of a run could start anew elsewhere, nothing is stored before it
// is known to all that it no longer can.
export class Binding {
  readonly #bind: ((then: () => void) => void) | undefined;
  readonly #then: () => void;
  #state: "no" | "asked" | "yes";

  /** Without `bind` they always are. `then`: they are from now on. */
  constructor(bind: ((then: () => void) => void) | undefined, then: () => void) {
    this.#bind = bind;
    this.#then = then;
    this.#state = bind === undefined ? "yes" : "no";
  }

  /** Asked when there is something to store: if they are not bound yet, it is seen to. */
  holds(): boolean {
    if (this.#state === "no") {
      this.#state = "asked";
      this.#bind!(() => {
        this.#state = "yes";
        this.#then();
      });
    }
    return this.#state === "yes";
  }
}
