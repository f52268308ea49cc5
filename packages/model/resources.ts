/** Things that are released together. What is made in a `using` block outlives it where {@linkcode Resources.move} takes it. */
export class Resources implements Disposable {
  #held: Disposable[] = [];

  /** Takes a thing in, and gives it back for use. */
  add<T extends Disposable>(thing: T): T {
    this.#held.push(thing);
    return thing;
  }

  /** All that is held, in new hands; this holds nothing any more. */
  move(): Resources {
    const moved = new Resources();
    [moved.#held, this.#held] = [this.#held, []];
    return moved;
  }

  [Symbol.dispose](): void {
    for (const thing of this.#held.splice(0).reverse()) thing[Symbol.dispose]();
  }
}
