/** Turns the first Ctrl-C into a signal that long calls hear, so that what is done can be saved; a second one ends all. */
export function listenForInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const interrupt = () => {
    Deno.removeSignalListener("SIGINT", interrupt);
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", interrupt),
  };
}
