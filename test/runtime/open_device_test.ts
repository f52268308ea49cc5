import assert from "node:assert/strict";
import {
  defineOp,
  type DeviceKind,
  InvalidArgumentError,
  NoDeviceError,
  openDevice,
  setSampleJob,
} from "@graphon-limit/runtime";
import { counting, oneLine } from "./support.ts";
import { adapterNamed, deviceTest, type Request, type StubInfo, withAdapters } from "./stub_adapters.ts";

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
    const marks: { mark: StubInfo; name: string }[] = [
      { mark: { description: "llvmpipe (LLVM 15)" }, name: "llvmpipe (LLVM 15)" },
      { mark: { vendor: "Google", device: "SwiftShader" }, name: "SwiftShader" },
      { mark: { vendor: "google", architecture: "swiftshader" }, name: "google swiftshader" },
      { mark: { description: "Some adapter", isFallbackAdapter: true }, name: "Some adapter" },
    ];
    for (const { mark, name } of marks) {
      const adapter = await adapterNamed(mark);
      await withAdapters(() => Promise.resolve(adapter), async () => {
        using device = await openDevice();
        assert.deepEqual([device.info.kind, device.info.software], ["webgpu", true]);
        assert.equal(device.info.name, name);
      });
    }
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
