import {
  type Device,
  formatBytes,
  GraphonLimitError,
  listAdapters,
  NoDeviceError,
} from "@graphon-limit/runtime";
import { DAWN } from "../host.ts";
import { chooseDevice } from "../shell/choose_device.ts";
import { defineCommand } from "../shell/command.ts";
import type { DeviceFlags } from "../shell/common_flags.ts";
import { withDefault } from "../shell/flags.ts";
import { describeDevice } from "../shell/session.ts";
import { listOf, wholeNumber } from "../shell/usage.ts";
import { budgetOf, machineMemory } from "../doctor/memory_budget.ts";
import { memoryPlan } from "../doctor/memory_plan.ts";
import { selfTest } from "../doctor/self_test.ts";
import { formatTable } from "../terminal/table.ts";

/** Widths whose memory the table shows, unless told otherwise. */
const WIDTHS = [1000, 2000, 5000, 10000, 20000];

export const doctor = defineCommand({
  name: "doctor",
  summary: "Show the device and its limits, test every op on it, and say what memory a width needs.",
  flags: {
    widths: withDefault("<list>", "hidden widths to plan memory for", listOf(wholeNumber(1)), WIDTHS, {
      shown: WIDTHS.join(","),
    }),
  },
  examples: ["doctor --device webgpu"],
  async run(session, { widths }) {
    using adapter = session.device.info.kind === "cpu" && session.flags.device === "auto"
      ? await openAdapter(session.flags)
      : undefined;
    const { device, why } = session, { info } = device;
    const tested = adapter ?? device;
    const tests = await selfTest(tested);
    const plans = widths.map((width) => memoryPlan(width, info));
    const { backend } = session.flags, adapters = await listAdapters({ backend, dawn: DAWN });
    const machine = machineMemory(), budget = budgetOf(info, machine);
    const failed = tests.filter(({ passed }) => !passed);
    session.result(
      {
        device: { ...info, why },
        backend: tested.info.backend ?? null,
        adapters,
        ops: tests,
        memory: plans,
        ...(machine ? { machine: { total: machine.total, available: machine.available, budget } } : {}),
        passed: failed.length === 0,
        seconds: session.seconds,
      },
      [
        `${describeDevice(device)}: ${why}`,
        ...adapters.map(({ label, names }) =>
          `adapters of ${label}: ${names.map((name, at) => `${at} ${name}`).join(", ") || "none"}`
        ),
        `largest binding: ${formatBytes(info.maxBindingBytes)}`,
        ...Object.entries(tested.info.limits).map(([name, value]) => `  ${name}: ${value}`),
        ...(tested.info.features.length > 0 ? [`features: ${tested.info.features.join(", ")}`] : []),
        "",
        `self-test on ${tested.info.name}:`,
        formatTable(
          [{ title: "op" }, { title: "agrees with its twin" }, {
            title: "relative difference",
            align: "right",
          }],
          tests.map((
            { name, passed, difference, error },
          ) => [name, passed ? "yes" : `NO ${error ?? ""}`, difference.toExponential(1)]),
        ),
        "",
        "memory to prune four hidden layers by GraSP, the greediest (784 inputs, 10 outputs, batch of 100):",
        formatTable(
          ["width", "weights", "scores", "masks", "activations", "in all", "regenerated", "row panels"].map(
            (title) => ({
              title,
              align: "right" as const,
            }),
          ),
          plans.map((
            p,
          ) => [
            p.width,
            ...[p.weights, p.scores, p.masks, p.activations, p.total, p.regenerated].map(formatBytes),
            p.panels,
          ]),
        ),
        ...(machine
          ? [
            `${formatBytes(machine.available)} of ${formatBytes(machine.total)} are available; ` +
            `a network may take ${formatBytes(budget)}`,
          ]
          : []),
      ].join("\n"),
    );
    if (failed.length > 0) {
      throw new GraphonLimitError(
        `Expected every op to agree with its twin but ${failed.map(({ name }) => name).join(", ")} did not`,
      );
    }
  },
});

/** The WebGPU adapter, where one answers though `auto` prefers the CPU device: its ops are what wants testing. */
async function openAdapter(flags: DeviceFlags): Promise<Device | undefined> {
  try {
    return (await chooseDevice({ ...flags, device: "webgpu" })).device;
  } catch (error) {
    if (error instanceof NoDeviceError) return undefined;
    throw error;
  }
}
