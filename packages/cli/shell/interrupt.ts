import { onInterrupt } from "../host.ts";

/** Turns the first Ctrl-C into a signal that long calls hear, so that what is done can be saved; a second one ends all. */
export function listenForInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const listening = onInterrupt(() => {
    listening[Symbol.dispose]();
    controller.abort();
  });
  return { signal: controller.signal, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}
