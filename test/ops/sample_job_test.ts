import assert from "node:assert/strict";
import "@graphon-limit/ops";
import { chooseDevice } from "@graphon-limit/runtime";
import { WebGpuDevice } from "../../packages/runtime/webgpu_device.ts";
import { adapterNamed, dawnWith, deviceTest, withAdapters } from "../runtime/stub_adapters.ts";

/** Runs of the job on each device. */
const RUNS = 5;

/** Ops that WebGPU's devices ran meanwhile. */
async function launchesIn(body: () => Promise<void>): Promise<number> {
  const { run } = WebGpuDevice.prototype;
  let launches = 0;
  WebGpuDevice.prototype.run = function (this: WebGpuDevice, ...call: Parameters<typeof run>) {
    launches++;
    return run.apply(this, call);
  };
  try {
    await body();
  } finally {
    WebGpuDevice.prototype.run = run;
  }
  return launches;
}

deviceTest("sample job: two implementations on hardware do a layer and many small launches", async () => {
  const hardware = await adapterNamed({ description: "A discrete card" });
  await withAdapters(() => Promise.resolve(hardware), async () => {
    const launches = await launchesIn(async () => {
      const { device, why } = await chooseDevice({ dawn: dawnWith(["A discrete card"]) });
      using _device = device;
      assert.match(why, /on a sample layer Dawn takes/);
    });
    assert.equal(launches, 2 * RUNS * 202);
  });
});

deviceTest("sample job: a software adapter does a layer, as the CPU device does", async () => {
  const software = await adapterNamed({ description: "llvmpipe (LLVM 15)" });
  await withAdapters(() => Promise.resolve(software), async () => {
    const launches = await launchesIn(async () => {
      using _device = (await chooseDevice()).device;
    });
    assert.equal(launches, RUNS * 2);
  });
});
