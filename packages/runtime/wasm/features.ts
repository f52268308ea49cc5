/** How every module begins: what it is, and the version. */
const HEAD = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const VECTOR = 0x7b, LOCAL_GET = 0x20, SIMD = 0xfd, END = 0x0b;

/** A module with one function, which hands its vectors to one SIMD instruction. */
function moduleOf(vectors: number, instruction: readonly number[]): Uint8Array<ArrayBuffer> {
  const type = [0x60, vectors, ...Array(vectors).fill(VECTOR), 1, VECTOR];
  const gets = Array.from({ length: vectors }, (_, local) => [LOCAL_GET, local]).flat();
  const body = [0, ...gets, SIMD, ...instruction, END];
  const section = (id: number, content: readonly number[]) => [id, content.length, ...content];
  return Uint8Array.from([
    ...HEAD,
    ...section(1, [1, ...type]),
    ...section(3, [1, 0]),
    ...section(10, [1, body.length, ...body]),
  ]);
}

/** Whether the engine has vectors of 128 bits: `f32x4.add` is asked for. */
export function hasSimd(): boolean {
  return WebAssembly.validate(moduleOf(2, [0xe4, 0x01]));
}

/** Whether it also fuses multiplications and additions: `f32x4.relaxed_madd`. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(moduleOf(3, [0x85, 0x02]));
}
