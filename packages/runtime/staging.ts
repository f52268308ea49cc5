import { overlaps } from "./host_transfer.ts";
import type { DeviceArray } from "./matrix.ts";

/** Bytes of one staging buffer: larger reads go piece by piece, so that reading never doubles a large matrix. */
const STAGING_BYTES = 2 ** 26;

/** Bytes of one buffer on their way to the host. */
export interface Piece {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Where rows `[from, to)` of an array are, in groups that fit one staging buffer each. */
export function stagingGroups(source: DeviceArray, from: number, to: number): Piece[][] {
  const groups: Piece[][] = [];
  let room = 0;
  for (const { panel, panelStart, dataStart, dataEnd } of overlaps(source, from, to - from)) {
    const buffer = panel.storage as GPUBuffer, bytes = (dataEnd - dataStart) * 4;
    for (let done = 0; done < bytes; done += STAGING_BYTES) {
      const size = Math.min(STAGING_BYTES, bytes - done);
      if (size > room) {
        groups.push([]);
        room = STAGING_BYTES;
      }
      groups.at(-1)!.push({ buffer, offset: panelStart * 4 + done, size });
      room -= size;
    }
  }
  return groups;
}
