import assert from "node:assert/strict";
import { Client, handle, LibraryError, request, serve, type ToWorker } from "@graphon-limit/explorer";

const double = request<{ readonly values: Float64Array }, { readonly values: Float64Array }>("double");
const count = request<number, number>("count");
const fail = request<string, never>("fail");
const unknown = request<number, number>("unknown");

/** A client and what serves it, over a channel as between a page and its worker. */
function connect(): { client: Client; begun: number[]; [Symbol.dispose](): void } {
  const { port1, port2 } = new MessageChannel(), begun: number[] = [];
  const lab = { factor: 2 };
  const handlers = [
    handle(
      double,
      ({ factor }: typeof lab, { values }) =>
        Promise.resolve({ values: values.map((value) => factor * value) }),
    ),
    handle(count, async (_lab: typeof lab, total, { signal, onProgress }) => {
      begun.push(total);
      for (let done = 1; done <= total; done++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        signal.throwIfAborted();
        onProgress(done, total);
      }
      return total;
    }),
    handle(fail, (_lab: typeof lab, message) => Promise.reject(new RangeError(message))),
  ];
  const facts = { kind: "cpu", software: false, name: "a CPU", why: "asked for", memoryBytes: 1 } as const;
  serve(
    {
      postMessage: (message, transfer) => port2.postMessage(message, transfer),
      addEventListener: (_type, listen) =>
        port2.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => listen({ data })),
    },
    handlers,
    (device) =>
      device === "webgpu"
        ? Promise.reject(new Error("No adapter\nanswers"))
        : Promise.resolve({ lab, device: facts }),
  );
  port2.start();
  port1.start();
  const client = new Client({
    postMessage: (message) => port1.postMessage(message),
    addEventListener: (type: "message" | "error", listen: (event: never) => void) => {
      if (type === "message") port1.addEventListener(type, listen as (event: Event) => void);
    },
  }, "cpu");
  return {
    ...{ client, begun },
    [Symbol.dispose]() {
      port1.close();
      port2.close();
    },
  };
}

Deno.test("worker: a question is answered, its progress told, and the device named", async () => {
  using ends = connect();
  assert.equal((await ends.client.opened)?.name, "a CPU");
  const { values } = await ends.client.ask(double, { values: Float64Array.of(1, 2) });
  assert.deepEqual([...values], [2, 4]);
  const told: number[] = [];
  assert.equal(await ends.client.ask(count, 3, { onProgress: (done) => told.push(done) }), 3);
  assert.deepEqual(told, [1, 2, 3]);
});

Deno.test("worker: a failure keeps its class and its line", async () => {
  using ends = connect();
  await assert.rejects(ends.client.ask(fail, "too\n  wide"), { name: "RangeError", message: "too wide" });
  await assert.rejects(ends.client.ask(unknown, 1), /Expected a question with an answer but found unknown/);
  assert.ok(await ends.client.ask(fail, "x").catch((error) => error) instanceof LibraryError);
});

Deno.test("worker: what is taken back ends at its next step, and what waits behind it is answered", async () => {
  using ends = connect();
  const end = new AbortController(), told: number[] = [];
  const long = ends.client.ask(count, 1e6, {
    signal: end.signal,
    onProgress: (done) => {
      told.push(done);
      if (done === 3) end.abort(new Error("no more"));
    },
  });
  const next = ends.client.ask(count, 2);
  await assert.rejects(long, /no more/);
  assert.equal(await next, 2);
  assert.ok(told.length < 100, `${told.length}`);
});

Deno.test("worker: what is taken back before its turn is never begun", async () => {
  using ends = connect();
  const end = new AbortController();
  const first = ends.client.ask(count, 20), second = ends.client.ask(count, 7, { signal: end.signal });
  end.abort();
  await assert.rejects(second, { name: "AbortError" });
  assert.equal(await first, 20);
  assert.equal(await ends.client.ask(count, 1), 1);
  assert.deepEqual(ends.begun, [20, 1]);
});
