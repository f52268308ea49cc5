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

/** `DisposableStack`; all of it, so that no part that a package begins to use is missing in one engine alone. */
class OwnDisposableStack implements DisposableStack {
  #resources: Disposable[] = [];
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  get [Symbol.toStringTag](): string {
    return "DisposableStack";
  }

  use<T extends Resource>(resource: T): T {
    if (resource) this.#add(resource);
    return resource;
  }

  adopt<T>(value: T, onDispose: (value: T) => void): T {
    this.#add({ [Symbol.dispose]: () => onDispose(value) });
    return value;
  }

  defer(onDispose: () => void): void {
    this.#add({ [Symbol.dispose]: onDispose });
  }

  move(): OwnDisposableStack {
    this.#assertOpen();
    const moved = new OwnDisposableStack();
    [moved.#resources, this.#resources] = [this.#resources, []];
    this.#disposed = true;
    return moved;
  }

  #add(resource: Disposable): void {
    this.#assertOpen();
    this.#resources.push(resource);
  }

  #assertOpen(): void {
    if (this.#disposed) throw new ReferenceError("DisposableStack already disposed");
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Disposes of the latest first; every one, even where one fails, and the first failure is thrown. */
  dispose(): void {
    this.#disposed = true;
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
