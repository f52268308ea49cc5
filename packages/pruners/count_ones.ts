import { rowDegree } from "@graphon-limit/ops";
import type { BitMatrix } from "@graphon-limit/runtime";

/** The ones of a mask. */
export async function countOnes(mask: BitMatrix): Promise<number> {
  using degree = mask.device.matrix(mask.rows, 1, "u32");
  mask.device.run(rowDegree, { mask, degree });
  return (await mask.device.read(degree)).reduce((sum, count) => sum + count, 0);
}
