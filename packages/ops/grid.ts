import type { DeviceInfo } from "@graphon-limit/runtime";

/** Most workgroups along one dimension: every WebGPU device allows 65535. */
export const LONGEST = 32768;

/** Workgroups of 256 invocations for `count` elements, spread over x and y; `grid_index` in the shader finds the element. */
export function gridOf(count: number): [number, number] {
  const groups = Math.ceil(count / 256);
  return [Math.min(groups, LONGEST), Math.ceil(groups / LONGEST)];
}

/** So many workgroups (one a row, say), spread over x and y: workgroup `y · groups.x + x`. */
export function groupGrid(groups: number): [number, number] {
  return [Math.min(groups, LONGEST), Math.ceil(groups / LONGEST)];
}

/**
 * Workgroups of 64 invocations for a matrix, an invocation for four columns: x along the columns, y down the rows. Shaders
 * step down the rows by `groups.y`, and need no division to find their place.
 */
export function blockGrid(rows: number, cols: number): [number, number] {
  return [Math.ceil(cols / 256), Math.min(rows, LONGEST)];
}

/** How many workgroups keep an adapter busy whose invocations step through what there is to do. */
export function groupsToKeepBusy({ software }: DeviceInfo): number {
  return software ? 16 : 1024;
}

/** Workgroups of 256 invocations for `count` elements, at most so many, in a row: invocations step on by as many as there are. */
export function busyGrid(count: number, most: number): [number] {
  return [Math.min(Math.ceil(count / 256), most)];
}
