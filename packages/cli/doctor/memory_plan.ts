import { grasp, type MemoryPlan, planMemory } from "@graphon-limit/pruners";
import type { DeviceInfo } from "@graphon-limit/runtime";

/** What pruning a network of four equal hidden layers takes, in bytes. */
export interface WidthPlan extends Omit<MemoryPlan, "peak"> {
  readonly width: number;
  /** The most at one time, weights and scores kept. */
  readonly total: number;
  /** The same with weights and scores regenerated. */
  readonly regenerated: number;
  /** Row panels that the largest weight matrix is cut into. */
  readonly panels: number;
}

const INPUTS = 784, OUTPUTS = 10, HIDDEN = 4, BATCH = 100;

/** The memory that one round of GraSP, the greediest method, needs at a hidden width. */
export function memoryPlan(width: number, info: DeviceInfo): WidthPlan {
  const widths = [INPUTS, ...new Array<number>(HIDDEN).fill(width), OUTPUTS];
  const request = { network: widths, method: grasp, samples: BATCH };
  const { peak: total, ...parts } = planMemory(request, info);
  const { peak: regenerated } = planMemory({ ...request, weights: "regenerated" }, info);
  const rowsPerPanel = Math.max(1, Math.floor(info.maxBindingBytes / (width * 4)));
  return { width, ...parts, total, regenerated, panels: Math.ceil(width / rowsPerPanel) };
}
