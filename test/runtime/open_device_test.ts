import assert from "node:assert/strict";
import {
  type BackendKind,
  type Calibration,
  chooseDevice,
  defineOp,
  type DeviceKind,
  InvalidArgumentError,
  listAdapters,
  NoDawnError,
  NoDeviceError,
  openDevice,
  type SampleJob,
  setSampleJob,
} from "@graphon-limit/runtime";
import { counting, oneLine } from "./support.ts";

type Request = GPU["requestAdapter"];

/** Runs `body` with another answer to `navigator.gpu.requestAdapter`. */
async function withAdapters(answer: Request, body: () => Promise<void>): Promise<void> {
  const { gpu } = navigator;
  const held = Object.getOwnPropertyDescriptor(gpu, "requestAdapter");
  Object.defineProperty(gpu, "requestAdapter", { value: answer, configurable: true, writable: true });
  try {
    await body();
  } finally {
    if (held) Object.defineProperty(gpu, "requestAdapter", held);
    else Reflect.deleteProperty(gpu, "requestAdapter");
  }
}

interface StubInfo {
  readonly description?: string;
  readonly vendor?: string;
  readonly device?: string;
  readonly isFallbackAdapter?: boolean;
}

/** The real adapter under another name. */
async function adapterNamed(info: StubInfo): Promise<GPUAdapter> {
  const real = await navigator.gpu.requestAdapter();
  assert.ok(real);
  return {
    info: { description: "", vendor: "", device: "", architecture: "", isFallbackAdapter: false, ...info },
    limits: real.limits,
    features: real.features,
    requestDevice: (descriptor?: GPUDeviceDescriptor) => real.requestDevice(descriptor),
  } as unknown as GPUAdapter;
}

function deviceTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

deviceTest("openDevice: an unknown kind is refused with the kinds there are", async () => {
  await assert.rejects(
    () => openDevice({ kind: "tpu" as DeviceKind }),
    oneLine(InvalidArgumentError, "auto, webgpu, cpu", '"tpu"'),
  );
});

deviceTest("openDevice: without an adapter webgpu fails with advice and auto is the CPU device", async () => {
  await withAdapters(() => Promise.resolve(null), async () => {
    await assert.rejects(() => openDevice({ kind: "webgpu" }), oneLine(NoDeviceError, "--device cpu"));
    using device = await openDevice();
    assert.equal(device.info.kind, "cpu");
    using x = device.upload(counting(2), 1, 2);
    assert.deepEqual(await device.read(x), counting(2));
  });
});

deviceTest(
  "openDevice: a hardware adapter is preferred to a software one, whichever comes first",
  async () => {
    const software = await adapterNamed({ description: "llvmpipe (LLVM 15)" });
    const hardware = await adapterNamed({ description: "A discrete card" });
    for (const fast of [software, hardware]) {
      const slow = fast === software ? hardware : software;
      const answer: Request = (options) =>
        Promise.resolve(options?.powerPreference === "high-performance" ? fast : slow);
      await withAdapters(answer, async () => {
        using device = await openDevice();
        assert.equal(device.info.name, "A discrete card");
        assert.equal(device.info.software, false);
      });
    }
  },
);

deviceTest(
  "openDevice: a software adapter is known by any of its marks, and taken where nothing is measured",
  async () => {
    setSampleJob(undefined);
    const marks: StubInfo[] = [
      { description: "llvmpipe (LLVM 15)" },
      { vendor: "Google", device: "SwiftShader" },
      { description: "Some adapter", isFallbackAdapter: true },
    ];
    for (const mark of marks) {
      const adapter = await adapterNamed(mark);
      await withAdapters(() => Promise.resolve(adapter), async () => {
        using device = await openDevice();
        assert.deepEqual([device.info.kind, device.info.software], ["webgpu", true]);
        assert.equal(device.info.name, mark.description ?? mark.device);
      });
    }
  },
);

/** A job that takes so many milliseconds on each kind of device, the first time `compiling` more on the adapter. */
function jobTaking(
  version: string,
  { webgpu, cpu, compiling = 0, fail = false }: {
    webgpu: number;
    cpu: number;
    compiling?: number;
    fail?: boolean;
  },
): SampleJob & { prepared: string[] } {
  const prepared: string[] = [];
  return {
    version,
    prepared,
    prepare({ info: { kind } }) {
      prepared.push(kind);
      let waits = kind === "webgpu" ? webgpu + compiling : cpu;
      return {
        run: async () => {
          await new Promise((resolve) => setTimeout(resolve, waits));
          waits = kind === "webgpu" ? webgpu : cpu;
          if (fail && kind === "webgpu") throw new Error("a shader that does not compile");
        },
        [Symbol.dispose]() {},
      };
    },
  };
}

deviceTest("chooseDevice: of a software adapter and the CPU device the faster, measured once", async () => {
  const adapter = await adapterNamed({ description: "llvmpipe (LLVM 15)" });
  const kept = new Map<string, Calibration>();
  await withAdapters(() => Promise.resolve(adapter), async () => {
    const cases = [
      {
        version: "fast",
        times: { webgpu: 1, cpu: 30 },
        kind: "webgpu",
        why: /it takes [\d.]+ ms against .* [\d.]+ ms/,
      },
      {
        version: "slow",
        times: { webgpu: 30, cpu: 1 },
        kind: "cpu",
        why: /it takes [\d.]+ ms against .* [\d.]+ ms/,
      },
      { version: "late", times: { webgpu: 1, cpu: 1, compiling: 4000 }, kind: "cpu", why: /to compile/ },
      { version: "none", times: { webgpu: 1, cpu: 1, fail: true }, kind: "cpu", why: /to compile/ },
    ];
    for (const { version, times, kind, why } of cases) {
      const job = jobTaking(version, times);
      setSampleJob(job);
      for (const when of [why, /when it was measured/]) {
        const chosen = await chooseDevice({ calibrations: kept });
        using device = chosen.device;
        assert.equal(device.info.kind, kind, version);
        assert.match(chosen.why, when);
      }
      assert.deepEqual(job.prepared, ["cpu", "webgpu"], version);
      assert.ok([...kept.keys()].some((key) => key.endsWith(version)));
    }
    // What a store knows is measured by no process.
    const job = jobTaking("known", { webgpu: 1, cpu: 1 });
    setSampleJob(job);
    const known = { get: () => ({ first: 5, second: 7 }), set: () => assert.fail("nothing is new") };
    using device = await openDevice({ calibrations: known });
    assert.deepEqual([device.info.kind, job.prepared.length], ["webgpu", 0]);
    using asked = await openDevice({ kind: "cpu" });
    assert.equal(asked.info.kind, "cpu");
  });
});

deviceTest(
  "chooseDevice: a software adapter that is refused is not opened, but where it is asked for",
  async () => {
    const adapter = await adapterNamed({ description: "SwiftShader Device (LLVM 10.0.0)" });
    await withAdapters(() => Promise.resolve(adapter), async () => {
      const job = jobTaking("refused", { webgpu: 1, cpu: 30 });
      setSampleJob(job);
      const { device, why } = await chooseDevice({ software: "refuse" });
      using _refusing = device;
      assert.deepEqual([device.info.kind, why], ["cpu", "only a software adapter answers"]);
      assert.deepEqual(job.prepared, []);
      using asked = await openDevice({ kind: "webgpu", software: "refuse" });
      assert.equal(asked.info.kind, "webgpu");
    });
    const hardware = await adapterNamed({ description: "A fast card" });
    await withAdapters(() => Promise.resolve(hardware), async () => {
      using device = await openDevice({ software: "refuse" });
      assert.equal(device.info.kind, "webgpu");
    });
  },
);

deviceTest("openDevice: an adapter that gives no device is an error of one line that names it", async () => {
  const adapter = await adapterNamed({ description: "A busy card" });
  const refuse = () => Promise.reject(new DOMException("out of\nmemory", "OperationError"));
  const busy = { ...adapter, requestDevice: refuse } as unknown as GPUAdapter;
  await withAdapters(() => Promise.resolve(busy), async () => {
    await assert.rejects(
      () => openDevice({ kind: "webgpu" }),
      oneLine(NoDeviceError, "A busy card", "out of memory"),
    );
  });
});

deviceTest(
  "openDevice: an adapter is taken by a part of its name or its number, and none by what means none or two",
  async () => {
    const fast = await adapterNamed({ description: "A Discrete Card" });
    const slow = await adapterNamed({ description: "Card on the board" });
    const answer: Request = (options) =>
      Promise.resolve(options?.powerPreference === "high-performance" ? fast : slow);
    await withAdapters(answer, async () => {
      for (
        const [adapter, name] of [
          ["discrete", "A Discrete Card"],
          ["0", "A Discrete Card"],
          ["1", "Card on the board"],
          ["CARD ON THE BOARD", "Card on the board"],
        ]
      ) {
        using device = await openDevice({ adapter });
        assert.deepEqual([device.info.name, device.info.backend], [name, "deno"]);
      }
      const listed = [/0 A Discrete Card, 1 Card on the board/];
      for (const adapter of ["card", "h100", "2", "-1"]) {
        await assert.rejects(
          () => openDevice({ adapter }),
          oneLine(InvalidArgumentError, `"${adapter}"`, ...listed),
        );
      }
      assert.deepEqual((await listAdapters()).map(({ names }) => names), [[
        "A Discrete Card",
        "Card on the board",
      ]]);
    });
    await assert.rejects(
      () => openDevice({ kind: "cpu", adapter: "0" }),
      oneLine(InvalidArgumentError, 'adapter "0"', "cpu"),
    );
    await withAdapters(() => Promise.resolve(null), async () => {
      await assert.rejects(() => openDevice({ adapter: "0" }), NoDeviceError);
    });
  },
);

/** A module with the interface of the npm package `webgpu`, whose adapters are the host's under other names. */
function dawnWith(names: readonly string[]): string {
  const text = `const names = ${JSON.stringify(names)};
    export const create = ([option] = []) => ({ async requestAdapter() {
      const wanted = option?.slice("adapter=".length), name = wanted ? names.find((name) => name.includes(wanted)) : names[0];
      if (name === undefined && wanted) {
        throw new Error("no suitable backends found\\nAvailable adapters:\\n" + names.flatMap((name) =>
          ["opengles", "vulkan"].map((backend) => " * backend: '" + backend + "', name: '" + name + "'")).join("\\n"));
      }
      const real = await navigator.gpu.requestAdapter();
      if (name === undefined || !real) return null;
      return { limits: real.limits, features: real.features, requestDevice: (descriptor) => real.requestDevice(descriptor),
        info: { vendor: "nvidia", description: "driver 1", device: name.toLowerCase().replace(/[^a-z0-9]+/g, "-") } };
    } });`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

deviceTest(
  "openDevice: Dawn is taken where it is asked for, by its adapters' own names, or what is missing is said",
  async () => {
    const dawn = dawnWith(["NVIDIA RTX 3080 Ti", "NVIDIA RTX 3080", "NVIDIA H100", "NVIDIA H100"]);
    for (
      const [adapter, name] of [[undefined, "NVIDIA RTX 3080 Ti"], ["ti", "NVIDIA RTX 3080 Ti"], [
        "2",
        "NVIDIA H100",
      ]]
    ) {
      using device = await openDevice({ backend: "dawn", dawn, adapter });
      assert.deepEqual([device.info.name, device.info.backend], [name, "dawn"]);
    }
    const refused = async (
      adapter: string,
      error: typeof InvalidArgumentError | typeof NoDeviceError,
      words: string,
    ) => await assert.rejects(() => openDevice({ backend: "dawn", dawn, adapter }), oneLine(error, words));
    await refused("h100", InvalidArgumentError, "several");
    // Dawn takes the first whose name has the one that is asked for in it.
    await refused("1", NoDeviceError, "gives 0 NVIDIA RTX 3080 Ti, not 1");
    await refused("3", NoDeviceError, "not 3");
    await refused("9", InvalidArgumentError, "3 NVIDIA H100 (Dawn)");
    await assert.rejects(
      () => openDevice({ backend: "dawn", dawn: "data:text/javascript,throw new Error('not\\nhere')" }),
      oneLine(NoDawnError, "npm package webgpu", "not"),
    );
    await assert.rejects(
      () => openDevice({ backend: "metal" as BackendKind }),
      oneLine(InvalidArgumentError, "auto, deno, dawn", '"metal"'),
    );
  },
);

deviceTest(
  "chooseDevice: of two implementations of WebGPU that have hardware the faster, and which that is",
  async () => {
    const hardware = await adapterNamed({ description: "A discrete card" });
    const dawn = dawnWith(["A discrete card"]);
    await withAdapters(() => Promise.resolve(hardware), async () => {
      for (const faster of ["deno", "dawn"] as const) {
        setSampleJob({
          version: `${faster} is faster`,
          prepare: ({ info: { backend } }) => ({
            run: () => new Promise((resolve) => setTimeout(resolve, backend === faster ? 1 : 250)),
            [Symbol.dispose]() {},
          }),
        });
        const { device, why } = await chooseDevice({ dawn });
        using _device = device;
        assert.equal(device.info.backend, faster);
        assert.match(
          why,
          /a hardware adapter answers; on a sample layer Dawn takes .* ms against the host's own/,
        );
      }
      await assert.rejects(
        () => openDevice({ dawn, adapter: "0" }),
        oneLine(InvalidArgumentError, "--backend", "Dawn"),
      );
      using named = await openDevice({ dawn, adapter: "discrete", backend: "deno" });
      assert.equal(named.info.backend, "deno");
    });
  },
);

deviceTest("openDevice: the binding limit is the adapter's, or the smaller one asked for", async () => {
  using whole = await openDevice({ kind: "webgpu" });
  using cut = await openDevice({ kind: "webgpu", maxBindingBytes: 1024 });
  using vast = await openDevice({ kind: "webgpu", maxBindingBytes: 2 ** 60 });
  const { maxStorageBufferBindingSize, maxBufferSize } = whole.info.limits;
  assert.ok(whole.info.maxBindingBytes <= Math.min(maxStorageBufferBindingSize, maxBufferSize));
  assert.equal(cut.info.maxBindingBytes, 1024);
  assert.equal(vast.info.maxBindingBytes, whole.info.maxBindingBytes);
});

deviceTest(
  "openDevice: subgroups are had where the adapter gives them, said or unsaid, and else done without",
  async () => {
    const real = await navigator.gpu.requestAdapter();
    assert.ok(real);
    const { info, limits } = real;
    const features = new Set([...real.features].filter((name) => name !== "subgroups"));
    const asked: string[][] = [];
    const answering = (refuses: boolean) => ({
      ...{ info, limits, features },
      requestDevice(descriptor: GPUDeviceDescriptor) {
        const wanted = [...descriptor.requiredFeatures ?? []] as string[];
        asked.push(wanted);
        if (refuses && wanted.includes("subgroups")) return Promise.reject(new TypeError("no subgroups"));
        return real.requestDevice(descriptor);
      },
    } as unknown as GPUAdapter);
    await withAdapters(() => Promise.resolve(answering(false)), async () => {
      using device = await openDevice({ kind: "webgpu" });
      assert.ok(device.info.features.includes("subgroups"));
      assert.ok(device.info.subgroups && device.info.subgroups.min >= 1);
    });
    await withAdapters(() => Promise.resolve(answering(true)), async () => {
      using device = await openDevice({ kind: "webgpu" });
      assert.ok(!device.info.features.includes("subgroups"));
      assert.equal(device.info.subgroups, undefined);
    });
    assert.deepEqual(asked.map((wanted) => wanted.includes("subgroups")), [true, true, false]);
  },
);

deviceTest("subgroups: a shader tuned to them hands values from one invocation to another", async () => {
  using device = await openDevice({ kind: "webgpu", poison: true });
  assert.ok(
    device.info.subgroups,
    "Expected an adapter with subgroups, as Mesa's software Vulkan is under Deno",
  );
  const first = defineOp({
    name: "first_of_subgroup",
    shader: `@compute @workgroup_size(64)
      fn main(@builtin(local_invocation_index) thread: u32, @builtin(subgroup_size) size: u32) {
        y[2u * thread] = subgroupBroadcast(thread, 0u);
        y[2u * thread + 1u] = size;
      }`,
    bindings: { y: "u32 out" },
    tuning: () => ({ subgroups: true }),
    workgroups: () => [1],
    reference: () => {},
  });
  using y = device.matrix(64, 2, "u32");
  device.run(first, { y });
  const values = await device.read(y);
  for (let thread = 0; thread < 64; thread++) {
    const [from, size] = values.subarray(2 * thread);
    assert.ok(size >= device.info.subgroups.min && size <= device.info.subgroups.max);
    assert.equal(from, thread - thread % size, `invocation ${thread}`);
  }
});
