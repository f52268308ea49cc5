/**
 * What the bundles use of explicit resource management where the engine has none: Safari, Node before 24. esbuild puts
 * these in place of the globals, in the modules that use them, and touches no global.
 *
 * @module
 */

/** `Symbol.dispose`, or the symbol that code compiled for older engines agrees on. */
export const disposeSymbol: symbol = /* @__PURE__ */ Reflect.get(Symbol, "dispose") ??
  /* @__PURE__ */ Symbol.for("Symbol.dispose");

type Resource = Disposable | null | undefined;

/** `DisposableStack` as far as the packages use it: `use`, `move` and the end of a `using` scope. */
class OwnDisposableStack {
  #resources: Disposable[] = [];

  use<T extends Resource>(resource: T): T {
    if (resource) this.#resources.push(resource);
    return resource;
  }

  move(): OwnDisposableStack {
    const moved = new OwnDisposableStack();
    [moved.#resources, this.#resources] = [this.#resources, []];
    return moved;
  }

  /** Disposes of the latest first; every one, even where one fails, and the first failure is thrown. */
  [Symbol.dispose](): void {
    const failures: unknown[] = [];
    for (let resource = this.#resources.pop(); resource; resource = this.#resources.pop()) {
      try {
        resource[Symbol.dispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

const native: unknown = /* @__PURE__ */ Reflect.get(globalThis, "DisposableStack");

/** The engine's own `DisposableStack`, or the one above. */
export const DisposableStack = (native ?? OwnDisposableStack) as typeof OwnDisposableStack;
