/**
 * Says which adapter answers and whether every op of the catalogue agrees with its twin there; a step of `bench/gpu.sh`.
 *
 *     deno run … bench/gpu_check.ts deno|dawn found.json|section.md
 *
 * @module
 */
import { formatBytes } from "@graphon-limit/runtime";
import { selfTest } from "../packages/cli/doctor/self_test.ts";
import { openAdapter, reachingBackends } from "./gpu_device.ts";
import type { Adapter } from "./gpu_tools.ts";

using device = await openAdapter(Deno.args[0]);
const { name, software, integrated, maxBindingBytes, features } = device.info;
const start = performance.now();
const results = await selfTest(device);
const seconds = (performance.now() - start) / 1000;
const failed = results.filter(({ passed }) => !passed);
const largest = results.reduce((most, { difference }) => Math.max(most, difference), 0);
const kind = software ? "a program on the CPU" : integrated ? "integrated" : "discrete";
const adapter: Adapter = {
  name,
  software,
  passed: failed.length === 0,
  backends: await reachingBackends(),
  section: [
    `Adapter: ${name}, ${kind}; largest binding ${formatBytes(maxBindingBytes)}; features: ${
      features.join(", ") || "none"
    }.`,
    "",
    `Ops against their twins: ${
      results.length - failed.length
    } of ${results.length} agree, the largest relative difference ` +
    `${largest.toExponential(1)}; ${seconds.toFixed(1)} s with compiling.`,
    ...failed.map(({ op, difference, error }) =>
      `- **${op}** does not: ${error ?? difference.toExponential(1)}`
    ),
  ].join("\n"),
};
const [, out] = Deno.args, asJson = out.endsWith(".json");
await Deno.writeTextFile(out, asJson ? JSON.stringify(adapter) : `${adapter.section}\n`);
if (!asJson && !adapter.passed) Deno.exit(1);
