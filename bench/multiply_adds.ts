import { defineKernels, defineOp, type Device } from "@graphon-limit/runtime";
import { measure } from "./measure.ts";

/** Sums that are held in registers, as a tile of the product's kernel has them, each of four lanes. */
const SUMS = 12, LANES = 4;

/** Multiply-adds of each sum in a part, and parts. */
const TURNS = 1 << 20, PARTS = 64;

/** Numbers in LEB128, as WebAssembly has them. */
const leb = (value: number): number[] => value < 128 ? [value] : [value % 128 + 128, ...leb(value >>> 7)];
const section = (id: number, bytes: readonly number[]) => [id, ...leb(bytes.length), ...bytes];
const named = (name: string) => [name.length, ...new TextEncoder().encode(name)];

/** Parameters of the kernel: its part, turns, and where sums go; then its locals: two factors, and the sums. */
const [PART, TURN, OUT, LEFT, RIGHT, FIRST] = [0, 1, 2, 3, 4, 5];
const get = (local: number) => [0x20, local], set = (local: number) => [0x21, local];
const vector = (opcode: number) => [0xfd, ...leb(opcode)];
/** `f32x4.splat(f32(local))`. */
const splatted = (local: number) => [...get(local), 0xb3, ...vector(0x13)];
const ADD = vector(0xe4), MULTIPLY = vector(0xe6), RELAXED_MULTIPLY_ADD = vector(0x105);
const I32 = 0x7f, V128 = 0x7b, VOID = 0x40, END = 0x0b;

/**
 * A module with a kernel that multiplies and adds as the product's does, but that loads and stores nothing in its loop. It is
 * written out, since the benchmark of a GPU is packed without the compiler of the others.
 */
function moduleOf(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const sums = Array.from({ length: SUMS }, (_, i) => FIRST + i);
  const body = [
    ...[1, 2 + SUMS, V128],
    ...[...splatted(PART), ...set(LEFT), ...splatted(OUT), ...set(RIGHT)],
    ...sums.flatMap((sum) => [...splatted(PART), ...set(sum)]),
    ...[0x03, VOID],
    ...sums.flatMap((sum) =>
      relaxed
        ? [...get(LEFT), ...get(RIGHT), ...get(sum), ...RELAXED_MULTIPLY_ADD, ...set(sum)]
        : [...get(LEFT), ...get(RIGHT), ...MULTIPLY, ...get(sum), ...ADD, ...set(sum)]
    ),
    // turn -= 1, and again while that is not 0.
    ...[...get(TURN), 0x41, 1, 0x6b, 0x22, TURN, 0x0d, 0, END],
    // At out + 16 part the sum of all, so that none is left out.
    ...[...get(OUT), ...get(PART), 0x41, 4, 0x74, 0x6a],
    ...[...get(FIRST), ...sums.slice(1).flatMap((sum) => [...get(sum), ...ADD])],
    ...[...vector(0x0b), 4, 0, END],
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, I32, I32, 0]),
    ...section(2, [1, ...named("env"), ...named("memory"), 2, 3, 2, ...leb(65536)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...named("multiply_adds"), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

const { multiply_adds } = defineKernels([moduleOf(true), moduleOf(false)], {
  multiply_adds: ["turns", "out"],
});

const multiplyAdds = defineOp({
  name: "multiply_adds",
  shader: "@compute @workgroup_size(1) fn main() { out[0] = 0.0; }",
  bindings: { out: "f32 out" },
  shapes: { out: [PARTS, LANES] },
  workgroups: () => [1],
  reference: ({ out }) => out.data.fill(0),
  accelerated({ out }, _, { address, launch }) {
    launch(multiply_adds, PARTS, { turns: TURNS, out: address(out) });
  },
});

/**
 * What the CPU device's kernels could do if they had no memory to touch, multiply-adds of numbers in registers on all its threads,
 * as words to add to what is said of a machine; nothing of other devices.
 */
export async function kernelCeiling(device: Device, overhead: number): Promise<string> {
  if (device.info.kind !== "cpu") return "";
  const args = { out: { rows: PARTS, cols: LANES, type: "f32" as const } };
  const { fastest } = await measure(device, multiplyAdds, { args }, overhead, 300);
  const rate = 2 * LANES * SUMS * TURNS * PARTS / fastest / 1e6;
  return `; multiply-adds in registers, the most that its kernels could do: ${rate.toFixed(0)} GFLOP/s`;
}
