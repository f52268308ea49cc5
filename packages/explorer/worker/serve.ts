import type { DeviceChoice, DeviceFacts, Failure, FromWorker, Request, ToWorker } from "./protocol.ts";

/** How an answer's making is watched, and ended early. */
export interface Call {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** What answers one kind of question, with what the worker works in. */
export interface Handler<L> {
  readonly name: string;
  answer(lab: L, params: unknown, call: Call): Promise<unknown>;
}

/** Says how a question is answered. */
export function handle<L, P, R>(
  { name }: Request<P, R>,
  answer: (lab: L, params: P, call: Call) => Promise<R>,
): Handler<L> {
  // The page asks by the same `Request`, which is what says that the parameters are these.
  return { name, answer: (lab, params, call) => answer(lab, params as P, call) };
}

/** The part of a worker's own global that is used here. */
export interface WorkerScope {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: { readonly data: ToWorker }) => void): void;
}

/** What a worker works in, and what the page is told of it. */
export interface Opened<L> {
  readonly lab: L;
  readonly device?: DeviceFacts;
}

/**
 * Answers the page's questions one after another, in the order in which they were asked; one that was taken back before its turn
 * is never begun. Arrays in an answer are handed over, not copied: an answer holds none that the worker still needs.
 */
export function serve<L>(
  scope: WorkerScope,
  handlers: readonly Handler<L>[],
  open: (device: DeviceChoice) => Promise<Opened<L>>,
): void {
  const byName = new Map(handlers.map((handler) => [handler.name, handler]));
  const calls = new Map<number, AbortController>();
  const say = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);
  let lab: Promise<L> | undefined, turn: Promise<void> = Promise.resolve();

  async function begin(device: DeviceChoice): Promise<L> {
    const opened = await open(device);
    say({ kind: "opened", device: opened.device });
    return opened.lab;
  }

  async function answer(id: number, name: string, params: unknown): Promise<void> {
    const { signal } = calls.get(id)!;
    try {
      // What the page said meanwhile is heard first: that it wants this no more.
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      const handler = byName.get(name);
      if (!handler || !lab) throw new TypeError(`Expected a question with an answer but found ${name}`);
      const onProgress = (done: number, total: number) => say({ kind: "progress", id, done, total });
      const result = await handler.answer(await lab, params, { signal, onProgress });
      say({ kind: "answer", id, result }, buffersIn(result));
    } catch (error) {
      say({ kind: "failed", id, failure: failureOf(error) });
    } finally {
      calls.delete(id);
    }
  }

  scope.addEventListener("message", ({ data }) => {
    if (data.kind === "open") {
      lab = begin(data.device);
      lab.catch((error) => say({ kind: "refused", failure: failureOf(error) }));
    } else if (data.kind === "cancel") {
      calls.get(data.id)?.abort(new DOMException("The question was taken back", "AbortError"));
    } else {
      calls.set(data.id, new AbortController());
      turn = turn.then(() => answer(data.id, data.name, data.params));
    }
  });
}

function failureOf(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  return { name, message: message.replace(/\s+/g, " ").trim() || name };
}

/** The buffers of the arrays in an answer, each once; shared memory cannot be handed over, and is copied. */
function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (Array.isArray(value)) { for (const item of value) buffersIn(item, found); }
  else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) buffersIn(item, found);
  }
  return [...found];
}
