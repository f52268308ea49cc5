import assert from "node:assert/strict";
import {
  type Calibration,
  chooseDevice,
  InvalidArgumentError,
  openDevice,
  setSampleJob,
} from "@graphon-limit/runtime";
import { oneLine } from "./support.ts";
import { adapterNamed, dawnWith, deviceTest, jobTaking, withAdapters } from "./stub_adapters.ts";

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
      {
        version: "close",
        times: { webgpu: 100, cpu: 150 },
        kind: "cpu",
        why: /it takes [\d.]+ ms against .* [\d.]+ ms, and is not taken for less than 2 times the speed/,
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
    const known = { get: () => ({ first: 5, second: 11 }), set: () => assert.fail("nothing is new") };
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
