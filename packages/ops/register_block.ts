import type { DeviceInfo, Tuning } from "@graphon-limit/runtime";
import type { Product, ProductSize, Terms } from "./tiled_product.ts";

/** Rows and quads of columns whose sums one invocation keeps. */
interface Block {
  readonly rows: number;
  readonly quads: number;
}

/** Invocations in a workgroup: the lanes of a software adapter's vectors. */
const LANES = 8;

/**
 * The more sums an invocation keeps, the fewer loads they cost: a software adapter loads for one lane after the other, which
 * takes as long as many multiplications, whether the lanes ask for the same address or not. Where lanes can hand values to
 * one another, each loads another part of the left matrix, of four times as many rows as there are lanes.
 */
const SHARED: Block = { rows: 4 * LANES, quads: 2 };
const OWN: Block = { rows: 8, quads: 2 };

/**
 * Switches for a product of so many rows and columns: `narrow` puts the invocations of a workgroup along the rows instead of
 * the columns, `subgroups` has them share what they load, which suits products that fill the larger block at least by half.
 */
export function registerTuning(
  [rows, cols]: ProductSize,
  { subgroups }: Pick<DeviceInfo, "subgroups">,
): { narrow: boolean; subgroups: boolean } {
  const share = subgroups?.min === LANES && subgroups.max === LANES;
  const fills = 2 * rows > SHARED.rows && 2 * cols > 4 * SHARED.quads * LANES;
  return { narrow: cols <= LANES, subgroups: share && fills };
}

/** Workgroups of {@linkcode registerBlock}. Those that share columns follow one another, and find them in the cache. */
export function registerGrid(rows: number, cols: number, tuning: Tuning): [number, number] {
  const { narrow, subgroups } = tuning, block = subgroups ? SHARED : OWN;
  return [
    Math.ceil(rows / (block.rows * (narrow ? LANES : 1))),
    Math.ceil(cols / (4 * block.quads * (narrow ? 1 : LANES))),
  ];
}

/**
 * WGSL for a product of two matrices with all sums in registers and no workgroup memory: for software adapters. It is the
 * entry point, and calls the functions named in `product` and `store_quad(i, j, sum: vec4f)`, j counting quads of columns.
 * Those are asked for rows past the last too, and for up to three terms past the last, of which the left must then be zero.
 * Written out by a program, because loops over private arrays are not unrolled everywhere.
 */
export function registerBlock(product: Product): string {
  return `#if \${!tiled}
#if \${!subgroups}
${ownEntryPoint(product)}
#else
${sharedEntryPoint(product)}
#endif
#endif
`;
}

/** Where a workgroup is along the columns. */
const PLACE = "let place = groups.y * group.z + group.y;";

/** Every invocation loads what it needs. */
function ownEntryPoint(product: Product): string {
  return `@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  ${PLACE}
#if \${narrow}
  let i = ${OWN.rows}u * (group.x * ${LANES}u + lane);
  let j = ${OWN.quads}u * place;
  let stride = 1u;
#else
  let i = ${OWN.rows}u * group.x;
  let j = ${OWN.quads * LANES}u * place + lane;
  let stride = ${LANES}u;
#endif
${body(product, OWN, ownFour)}
}`;
}

/** The invocations of a workgroup, which is one subgroup, each load a part of the left matrix for all of them. */
function sharedEntryPoint(product: Product): string {
  return `@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  ${PLACE}
  let i = ${SHARED.rows}u * group.x;
  let j = ${SHARED.quads * LANES}u * place + lane;
  let stride = ${LANES}u;
${body(product, SHARED, sharedFour)}
}`;
}

/** The sums and their storing; `leftFour` writes `w‹four›`, the terms of four rows, a row to a column of a 4×4 matrix. */
function body(
  { rows, cols, sums }: Product,
  block: Block,
  leftFour: (terms: Terms, four: number) => string[],
): string {
  const quads = range(block.quads), lines = range(block.rows);
  const turn = (terms: Terms) => [
    ...quads.map((q) => `let x${q} = ${rightBlock(terms, `j${q}`)};`),
    ...range(block.rows / 4).flatMap((four) => [
      ...leftFour(terms, four),
      ...range(4).map((r) => quads.map((q) => `s${4 * four + r}_${q} += x${q} * w${four}[${r}];`).join(" ")),
    ]),
  ];
  const loop = (terms: Terms) => {
    const text = `  for (var quad = 0u; 4u * quad < ${terms.count}; quad++) {
${turn(terms).map((line) => `    ${line}`).join("\n")}
  }`;
    return terms.when === undefined ? text : `#if \${${terms.when}}\n${text}\n#endif`;
  };
  const stores = quads.map((q) =>
    `  if (j + ${q}u * stride < quads) {
${lines.map((r) => `    if (i + ${r}u < ${rows}) { store_quad(i + ${r}u, j${q}, s${r}_${q}); }`).join("\n")}
  }`
  );
  return `  // Quads past the last repeat it and are not stored.
  let quads = (${cols} + 3u) / 4u;
${quads.map((q) => `  let j${q} = min(j + ${q}u * stride, quads - 1u);`).join("\n")}
${lines.map((r) => `  ${quads.map((q) => `var s${r}_${q} = vec4f();`).join(" ")}`).join("\n")}
${sums.map(loop).join("\n")}
${stores.join("\n")}`;
}

/** The terms 4·quad … 4·quad + 3 of four rows, loaded by each invocation for itself. */
function ownFour({ left, leftAlongTerms }: Terms, four: number): string[] {
  const row = `i + ${4 * four}u`;
  const loads = range(4).map((k) =>
    leftAlongTerms ? `${left}(${row} + ${k}u, quad)` : `${left}(4u * quad + ${k}u, (${row}) / 4u)`
  );
  return [setFour(four, leftAlongTerms, loads)];
}

/** The same from the lanes, which load eight rows at a time: a lane one row, or four rows at one of four terms. */
function sharedFour({ left, leftAlongTerms }: Terms, four: number): string[] {
  const eight = four >> 1;
  const load = leftAlongTerms
    ? `${left}(i + ${8 * eight}u + lane, quad)`
    : `${left}(4u * quad + lane % 4u, i / 4u + ${2 * eight}u + lane / 4u)`;
  const parts = range(4).map((k) => `subgroupBroadcast(left${eight}, ${4 * (four & 1) + k}u)`);
  return [...(four & 1 ? [] : [`let left${eight} = ${load};`]), setFour(four, leftAlongTerms, parts)];
}

function setFour(four: number, alongTerms: boolean, parts: readonly string[]): string {
  const matrix = `mat4x4f(${parts.join(", ")})`;
  return `let w${four} = ${alongTerms ? matrix : `transpose(${matrix})`};`;
}

/** The same terms of four columns, a term to a column of a 4×4 matrix. */
function rightBlock({ right, rightAlongTerms }: Terms, j: string): string {
  if (!rightAlongTerms) {
    return `mat4x4f(${range(4).map((l) => `${right}(4u * quad + ${l}u, ${j})`).join(", ")})`;
  }
  return `transpose(mat4x4f(${range(4).map((c) => `${right}(4u * ${j} + ${c}u, quad)`).join(", ")}))`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
