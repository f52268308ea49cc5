/**
 * Says which adapter answers through an implementation of WebGPU and whether every op of the catalogue agrees with its twin there;
 * what `bench/gpu.sh` begins with.
 *
 *     deno run … bench/gpu_check.ts deno|dawn found.json
 *
 * @module
 */
import { writeFileAtomically } from "@graphon-limit/data";
import { type Device, formatBytes, NoDawnError, NoDeviceError } from "@graphon-limit/runtime";
import { selfTest } from "../packages/cli/doctor/self_test.ts";
import { openAdapter } from "./gpu_device.ts";
import type { Checked } from "./gpu_tools.ts";

/** What an adapter is, before its ops are compared. */
function describe({ info }: Device): Checked {
  const { name, software, integrated, maxBindingBytes, features } = info;
  const kind = software ? "a program on the CPU" : integrated ? "integrated" : "discrete";
  const section = `Adapter: ${name}, ${kind}; largest binding ${formatBytes(maxBindingBytes)}; features: ${
    features.join(", ") || "none"
  }.`;
  return { adapter: { name, software }, section };
}

async function compareOps(device: Device): Promise<Checked> {
  const start = performance.now();
  const results = await selfTest(device);
  const seconds = (performance.now() - start) / 1000;
  const failed = results.filter(({ passed }) => !passed);
  const largest = results.reduce((most, { difference }) => Math.max(most, difference), 0);
  const { adapter, section } = describe(device);
  const lines = [
    section,
    "",
    `Ops against their twins: ${
      results.length - failed.length
    } of ${results.length} agree, the largest relative difference ` +
    `${largest.toExponential(1)}; ${seconds.toFixed(1)} s with compiling.`,
    ...failed.map(({ name, difference, error }) =>
      `- **${name}** does not: ${error ?? difference.toExponential(1)}`
    ),
  ];
  return { adapter, passed: failed.length === 0, section: lines.join("\n") };
}

const [backend, out] = Deno.args;
const write = (checked: Checked) => writeFileAtomically(out, JSON.stringify(checked));
try {
  using device = await openAdapter(backend);
  // It answers, even where there is no time to compare all ops.
  write(describe(device));
  write(await compareOps(device));
} catch (error) {
  // What is not there has not failed.
  if (!(error instanceof NoDeviceError || error instanceof NoDawnError)) throw error;
  write({ passed: true, section: `${error.message}.` });
}
