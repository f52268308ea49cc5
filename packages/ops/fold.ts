import type { DeviceInfo, Tuning } from "@graphon-limit/runtime";

/** Switches of `shaders/shared/fold.wgsl` for workgroups of so many invocations. */
export function foldTuning({ subgroups }: Pick<DeviceInfo, "subgroups">, invocations: number): Tuning {
  return { subgroups: subgroups !== undefined, INVOCATIONS: invocations };
}
