import assert from "node:assert/strict";
import fc from "fast-check";
import {
  defineKernels,
  defineOp,
  type Device,
  DeviceOperationError,
  InvalidArgumentError,
  type Kernel,
  openDevice,
} from "@graphon-limit/runtime";
import { Accelerator } from "../../packages/runtime/wasm/accelerator.ts";
import { elementSeed, output, positiveDimension, testOp } from "../ops/harness.ts";
import { oneLine } from "./support.ts";
import { assemble, type ModuleParts, OP } from "./wasm/assemble.ts";

/** Elements that a part of `tripling` takes: few, so that small matrices make many parts. */
const PART = 16;

/** Parameters of the kernel, after the part's number, and its variables. */
const PART_NUMBER = 0, X = 1, Y = 2, COUNT = 3, AT = 4, END = 5;

const get = (local: number) => [OP.localGet, local];
const address = (base: number) => [...get(AT), OP.i32Const, 2, OP.i32Shl, ...get(base), OP.i32Add];

/** y[i] = 3 x[i] for `PART` elements of `count`. */
const TRIPLE = [
  ...[...get(PART_NUMBER), OP.i32Const, PART, OP.i32Mul, OP.localSet, AT],
  ...[...get(AT), OP.i32Const, PART, OP.i32Add, OP.localSet, END],
  ...[...OP.block, ...OP.loop],
  ...[...get(AT), ...get(END), OP.i32GeU, OP.brIf, 1],
  ...[...get(AT), ...get(COUNT), OP.i32GeU, OP.brIf, 1],
  ...[...address(Y), ...address(X), ...OP.i32Load, OP.i32Const, 3, OP.i32Mul, ...OP.i32Store],
  ...[...get(AT), OP.i32Const, 1, OP.i32Add, OP.localSet, AT, OP.br, 0],
  ...[OP.end, OP.end],
];

const tripling = { parameters: 4, locals: 2, code: TRIPLE };

function moduleOf(parts: Partial<ModuleParts> = {}): Uint8Array<ArrayBuffer> {
  return assemble({ exports: { triple: tripling }, ...parts });
}

/** An op that triples integers by the kernel given. */
function tripled(kernel: Kernel<"x" | "y" | "count">) {
  return defineOp({
    name: "tripled",
    shader: `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < params.x_rows * params.x_cols) { y[id.x] = 3u * x[id.x]; }
    }`,
    bindings: { x: "u32", y: "u32 out" },
    shapes: { x: ["m", "n"], y: ["m", "n"] },
    panelled: ["x", "y"],
    workgroups: ({ x }) => [Math.ceil(x.rows * x.cols / 64)],
    reference: ({ x, y }) => x.data.forEach((value, i) => y.data[i] = 3 * value),
    accelerated({ x, y }, _, { address, launch }) {
      const count = x.rows * x.cols;
      launch(kernel, Math.ceil(count / PART), { x: address(x), y: address(y), count });
    },
  });
}

const { triple } = defineKernels(moduleOf(), { triple: ["x", "y", "count"] });

testOp(tripled(triple), {
  cases: fc.record({ rows: positiveDimension, cols: positiveDimension, seed: elementSeed }).map(
    ({ rows, cols, seed }) => ({
      args: {
        x: { rows, cols, data: Uint32Array.from({ length: rows * cols }, (_, i) => (seed + 7 * i) >>> 0) },
        y: output(rows, cols, "u32"),
      },
    }),
  ),
});

Deno.test("Accelerator.launch: a module that comes later is compiled on every thread, and older ones stay", () => {
  for (const threads of [1, 2, 5]) {
    const accelerator = Accelerator.create(threads);
    assert.ok(accelerator);
    assert.equal(accelerator.threads, threads);
    try {
      const { heap } = accelerator, count = 5000, parts = Math.ceil(count / PART);
      const [x, y] = [heap.allocate(4 * count), heap.allocate(4 * count)] as [number, number];
      const [from, to] = [x, y].map((at) => new Uint32Array(heap.memory.buffer, at, count));
      from.forEach((_, i) => from[i] = i);
      for (let turn = 0; turn < 20; turn++) {
        const again = defineKernels(moduleOf(), { triple: ["x", "y", "count"] });
        for (const kernel of [again.triple, triple]) {
          to.fill(0);
          accelerator.launch(kernel, parts, { x, y, count });
          assert.ok(to.every((value, i) => value === 3 * i), `${threads} threads, turn ${turn}`);
        }
      }
    } finally {
      accelerator.close();
    }
  }
});

/** Runs an op with the kernels of a module on the accelerated CPU device; the error that comes of it. */
function failure(device: Device, parts: Partial<ModuleParts> | Uint8Array<ArrayBuffer> | string): unknown {
  const binary = typeof parts === "string" || parts instanceof Uint8Array ? parts : moduleOf(parts);
  const kernels = defineKernels(binary, { triple: ["x", "y", "count"] });
  using x = device.upload(Uint32Array.of(1, 2), 1, 2), y = device.matrix(1, 2, "u32");
  try {
    device.run(tripled(kernels.triple), { x, y });
  } catch (error) {
    return error;
  }
  return undefined;
}

Deno.test("defineKernels: what is wrong with a module is said in one line when a kernel is first launched", async () => {
  using device = await openDevice({ kind: "cpu" });
  const refused = (parts: Parameters<typeof failure>[1], ...words: (string | RegExp)[]) =>
    oneLine(InvalidArgumentError, ...words)(failure(device, parts));

  refused("no base64!", "base64", '"no base64!"');
  refused(Uint8Array.of(1, 2, 3), "this engine can run", "found 3 bytes");
  const idle = { exports: { triple: { ...tripling, code: [] } } };
  refused({ ...idle, memory: null }, "memory env.memory alone", "imports of nothing");
  refused({ functions: ["abort"] }, "function env.abort, memory env.memory");
  refused({ memory: { shared: false } }, "shared", "65536 pages");
  refused({ memory: { maximum: 1000 } }, "shared", "65536 pages");
  refused({ data: [1, 2, 3] }, /no data in memory but found a data section of \d+ bytes/);
  refused({ exports: { double: tripling } }, "a kernel triple but found double");
  refused({ exports: {} }, "a kernel triple but found none");
  refused(
    { exports: { triple: { ...tripling, parameters: 3, locals: 3 } } },
    "triple to take a part's number and 3 more but found 3 parameters",
  );
  assert.equal(failure(device, moduleOf()), undefined);
  assert.equal(failure(device, moduleOf().toBase64()), undefined);
});

Deno.test("defineKernels: of several binaries the first that the engine can run is taken", async () => {
  using device = await openDevice({ kind: "cpu" });
  const unknown = Uint8Array.of(...moduleOf().subarray(0, 8), 99, 1, 0);
  const wrong = assemble({ exports: { triple: { ...tripling, code: [OP.unreachable] } } });
  const kernels = defineKernels([unknown, moduleOf(), wrong], { triple: ["x", "y", "count"] });
  using x = device.upload(Uint32Array.of(1, 2), 1, 2), y = device.matrix(1, 2, "u32");
  device.run(tripled(kernels.triple), { x, y });
  assert.deepEqual(await device.read(y), Uint32Array.of(3, 6));
});

Deno.test("launch: a kernel that fails, on this thread or another, is an error of one line, and the device lives on", async () => {
  using device = await openDevice({ kind: "cpu" });
  const failing = assemble({ exports: { triple: { ...tripling, code: [OP.unreachable] } } });
  const kernels = defineKernels(failing, { triple: ["x", "y", "count"] });
  using x = device.upload(new Uint32Array(100).fill(2), 1, 100), y = device.matrix(1, 100, "u32");
  for (let turn = 0; turn < 3; turn++) {
    assert.throws(
      () => device.run(tripled(kernels.triple), { x, y }),
      oneLine(DeviceOperationError, "The kernel triple failed"),
    );
    device.run(tripled(triple), { x, y });
    assert.deepEqual(await device.read(y), new Uint32Array(100).fill(6));
  }
});

Deno.test("use_scratch: each thread hands a module 256 KiB of its own, before any kernel", () => {
  const [PART_NUMBER, OUT] = [0, 1];
  const own = assemble({
    global: true,
    exports: {
      use_scratch: { parameters: 1, code: [...get(0), OP.globalSet, 0] },
      tell: {
        parameters: 2,
        code: [
          ...[...get(OUT), ...get(PART_NUMBER), OP.i32Const, 2, OP.i32Shl, OP.i32Add],
          ...[OP.globalGet, 0, ...OP.i32Store],
        ],
      },
    },
  });
  const { tell } = defineKernels(own, { tell: ["out"] });
  for (const threads of [1, 3]) {
    const accelerator = Accelerator.create(threads);
    assert.ok(accelerator);
    try {
      const { heap } = accelerator, parts = 20_000, out = heap.allocate(4 * parts)!;
      const told = new Set<number>();
      for (let turn = 0; turn < 50; turn++) {
        accelerator.launch(tell, parts, { out });
        for (const at of new Uint32Array(heap.memory.buffer, out, parts)) told.add(at);
      }
      const places = [...told].sort((a, b) => a - b);
      assert.ok(places.length <= threads);
      places.forEach((at, i) => assert.ok(at >= 65536 && (i === 0 || at - places[i - 1] >= 256 * 1024)));
    } finally {
      accelerator.close();
    }
  }
});

Deno.test("launch: a value that is missing, misspelt or too many does not compile", () => {
  const launch = (() => {}) as Parameters<
    NonNullable<ReturnType<typeof tripled>["accelerated"]>
  >[2]["launch"];
  launch(triple, 1, { x: 1, y: 2, count: 3 });
  // @ts-expect-error: count is missing
  launch(triple, 1, { x: 1, y: 2 });
  // @ts-expect-error: it is spelt otherwise
  launch(triple, 1, { x: 1, y: 2, counts: 3 });
  // @ts-expect-error: there is no z
  launch(triple, 1, { x: 1, y: 2, count: 3, z: 4 });
  // @ts-expect-error: not a number
  launch(triple, 1, { x: 1, y: 2, count: "3" });
});
