import type { Tuning } from "@graphon-limit/runtime";
import type { Product, ProductSize, Terms } from "./tiled_product.ts";

/** Rows and quads of columns whose sums one invocation keeps. */
interface Block {
  readonly rows: number;
  readonly quads: number;
}

/**
 * The more sums an invocation keeps, the fewer loads they cost: on a software adapter a load takes as long as many
 * multiplications, whether neighbours ask for the same address or not.
 */
const WIDE: Block = { rows: 16, quads: 4 };
const SMALL: Block = { rows: 8, quads: 2 };

/** Invocations in a workgroup: the lanes of a software adapter's vectors. */
const LANES = 8;

/** Multiplications from which the larger block repays its longer compilation, which is some tenths of a second. */
const MUCH = 2 ** 27;

/**
 * Switches for a product of so many rows, columns and terms: `narrow` puts the invocations of a workgroup along the rows
 * instead of the columns, `wide` gives each a larger block. That is for `aligned` rows only: the checks of others make it
 * take many seconds to compile.
 */
export function registerTuning(
  [rows, cols, terms]: ProductSize,
  aligned: boolean,
): { narrow: boolean; wide: boolean } {
  const wide = aligned && cols > 4 * SMALL.quads * LANES && rows * cols * terms >= MUCH;
  return { narrow: cols <= 8, wide };
}

/** Workgroups of {@linkcode registerBlock}. Those that share columns follow one another, and find them in the cache. */
export function registerGrid(rows: number, cols: number, { narrow, wide }: Tuning): [number, number] {
  const block = wide ? WIDE : SMALL;
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
#if \${wide}
${entryPoint(product, WIDE)}
#else
${entryPoint(product, SMALL)}
#endif
#endif
`;
}

function entryPoint({ rows, cols, sums }: Product, block: Block): string {
  const quads = range(block.quads), lines = range(block.rows);
  return `@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
#if \${narrow}
  let i = ${block.rows}u * (group.x * ${LANES}u + lane);
  let j = ${block.quads}u * group.y;
  let stride = 1u;
#else
  let i = ${block.rows}u * group.x;
  let j = ${block.quads * LANES}u * group.y + lane;
  let stride = ${LANES}u;
#endif
  // Quads past the last repeat it and are not stored.
  let quads = (${cols} + 3u) / 4u;
${quads.map((q) => `  let j${q} = min(j + ${q}u * stride, quads - 1u);`).join("\n")}
${lines.map((r) => `  ${quads.map((q) => `var s${r}_${q} = vec4f();`).join(" ")}`).join("\n")}
${sums.map((terms) => loop(terms, block)).join("\n")}
${
    quads.map((q) =>
      `  if (j + ${q}u * stride < quads) {
${lines.map((r) => `    if (i + ${r}u < ${rows}) { store_quad(i + ${r}u, j${q}, s${r}_${q}); }`).join("\n")}
  }`
    ).join("\n")
  }
}`;
}

function loop(terms: Terms, block: Block): string {
  const { count, when } = terms;
  const text = `  for (var quad = 0u; 4u * quad < ${count}; quad++) {
${range(block.quads).map((q) => `    let x${q} = ${rightBlock(terms, `j${q}`)};`).join("\n")}
${range(block.rows / 4).map((four) => addFourRows(terms, four, block)).join("\n")}
  }`;
  return when === undefined ? text : `#if \${${when}}\n${text}\n#endif`;
}

/** Adds four terms to the sums of four rows: 4×4 matrices, a term to a column, times a row's four terms. */
function addFourRows(terms: Terms, four: number, block: Block): string {
  const rows = range(4).map((r) =>
    range(block.quads).map((q) => `s${4 * four + r}_${q} += x${q} * w${four}[${r}];`).join(" ")
  );
  return [`let w${four} = ${leftBlock(terms, `i + ${4 * four}u`)};`, ...rows].map((text) => `    ${text}`)
    .join(
      "\n",
    );
}

/** The terms 4·quad … 4·quad + 3 of four rows from `i` on, a row to a column of a 4×4 matrix. */
function leftBlock({ left, leftAlongTerms }: Terms, i: string): string {
  if (leftAlongTerms) return `mat4x4f(${range(4).map((r) => `${left}(${i} + ${r}u, quad)`).join(", ")})`;
  return `transpose(mat4x4f(${range(4).map((l) => `${left}(4u * quad + ${l}u, (${i}) / 4u)`).join(", ")}))`;
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
