import type { DeviceInfo, Tuning } from "@graphon-limit/runtime";

/** One sum of products to add up: names of WGSL functions, and an expression for its number of terms. */
export interface Terms {
  /** `fn(i, quad) -> vec4f`, four terms of a row, where `leftAlongTerms`; else `fn(l, quad)`, four rows at a term. */
  readonly left: string;
  readonly leftAlongTerms: boolean;
  /** `fn(j, quad) -> vec4f`, four terms of a column, where `rightAlongTerms`; else `fn(l, quad)`, four columns at a term. */
  readonly right: string;
  readonly rightAlongTerms: boolean;
  /** `fn(quad)`, called before anything is loaded: an invocation asks for four rows, or columns, alone. Only where not along terms. */
  readonly placeLeft?: string;
  readonly placeRight?: string;
  readonly count: string;
  /** The binding or switch without which the sum is left out. */
  readonly when?: string;
}

/** A product of two matrices, or a sum of such, as {@linkcode tiledProduct} and `registerBlock` write it. */
export interface Product {
  /**
   * Statements before everything else, of which expressions may use what they declare; `group` is the workgroup's place, whose
   * z is theirs: without them it goes on along the columns.
   */
  readonly prepare?: string;
  /** WGSL expressions for the rows and columns of the result. */
  readonly rows: string;
  readonly cols: string;
  readonly sums: readonly Terms[];
  /**
   * `fn(group_z, first_row, first_column, past_column) -> bool`: true for tiles that need not be made; all are where it is left
   * out.
   */
  readonly skips?: string;
}

/** Rows, columns and terms of a product. */
export type ProductSize = readonly [rows: number, cols: number, terms: number];

/** Invocations across and down, and quads of columns and of rows whose sums each invocation keeps. */
interface TileShape {
  readonly across: number;
  readonly down: number;
  readonly columnQuads: number;
  readonly rowQuads: number;
  /** Parts that the terms are split into: so many invocations work on one tile's quads, and their sums are added in the end. */
  readonly splits: number;
}

/**
 * 128×128, 64×64, for few columns 128×32, and 32×32 by four splits of the terms. All have 256 invocations and at most 16 KiB, which
 * every adapter has.
 */
const LARGE: TileShape = { across: 16, down: 16, columnQuads: 2, rowQuads: 2, splits: 1 };
const SQUARE: TileShape = { across: 16, down: 16, columnQuads: 1, rowQuads: 1, splits: 1 };
const FLAT: TileShape = { across: 8, down: 32, columnQuads: 1, rowQuads: 1, splits: 1 };
const SPLIT: TileShape = { across: 8, down: 8, columnQuads: 1, rowQuads: 1, splits: 4 };

/** Terms of the sums that are in workgroup memory at a time. */
const DEPTH = 16;

/** Tiles below which large ones would leave part of a discrete GPU without work: two for each of 128 processors. */
const ENOUGH_TILES = 256;

/** Square tiles below which they would leave part of it without work, and terms that are worth splitting. */
const FEW_TILES = 128, SPLIT_TERMS = 256;

/** Switches for a product of that size on an adapter: which tile shape it uses. */
export function tileTuning(
  [rows, cols, terms]: ProductSize,
  { integrated }: Pick<DeviceInfo, "integrated">,
): { flat: boolean; large: boolean; split: boolean } {
  const tiles = (size: number) => Math.ceil(rows / size) * Math.ceil(cols / size);
  const wide = cols > 32, discrete = !integrated;
  return {
    flat: !wide,
    large: discrete && wide && tiles(128) >= ENOUGH_TILES,
    split: discrete && wide && tiles(64) < FEW_TILES && terms >= SPLIT_TERMS,
  };
}

/** Workgroups of {@linkcode tiledProduct}. */
export function tileGrid(rows: number, cols: number, { flat, large, split }: Tuning): [number, number] {
  const { across, down, columnQuads, rowQuads } = flat ? FLAT : large ? LARGE : split ? SPLIT : SQUARE;
  return [Math.ceil(cols / (4 * across * columnQuads)), Math.ceil(rows / (4 * down * rowQuads))];
}

/**
 * WGSL for a product of two matrices by tiles in workgroup memory: for hardware adapters, whose global loads are dear. It is
 * the entry point, and calls the functions named in `product` and `store_quad(i, j, sum: vec4f)`, j counting quads of
 * columns. Those are asked for rows and quads past the last too, but then what they return is not used; past the last term
 * they are not asked. Written out by a program, because loops over private arrays are not unrolled everywhere.
 */
export function tiledProduct(product: Product): string {
  return `#if \${tiled}
#if \${flat}
${entryPoint(product, FLAT)}
#elif \${large}
${entryPoint(product, LARGE)}
#elif \${split}
${entryPoint(product, SPLIT)}
#else
${entryPoint(product, SQUARE)}
#endif
#endif
`;
}

function entryPoint({ prepare, rows, cols, sums, skips }: Product, shape: TileShape): string {
  const { across, down, columnQuads, rowQuads, splits } = shape;
  const lines = range(4 * rowQuads), quads = range(columnQuads);
  const tileRows = 4 * down * rowQuads, tileCols = 4 * across * columnQuads;
  const skip = skips === undefined
    ? ""
    : `  if (${skips}(group.z, ${tileRows}u * tile.y, ${tileCols}u * tile.x, ${tileCols}u * (tile.x + 1u))) { return; }\n`;
  const stores = range(rowQuads).flatMap((r) =>
    quads.flatMap((c) =>
      range(4).map((line) =>
        `  if (i + ${4 * down * r + line}u < ${rows} && j + ${across * c}u < quads) { ` +
        `store_quad(i + ${4 * down * r + line}u, j + ${across * c}u, s${4 * r + line}_${c}); }`
      )
    )
  );
  return `var<workgroup> left_tile: array<vec4f, ${splits * DEPTH * down * rowQuads}>;
var<workgroup> right_tile: array<vec4f, ${splits * DEPTH * across * columnQuads}>;

@compute @workgroup_size(${splits * across * down})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let tile = vec2u(${prepare === undefined ? "groups.x * group.z + group.x" : "group.x"}, group.y);
  let split = ${splits === 1 ? "0u" : `invocation / ${across * down}u`};
  let thread = ${splits === 1 ? "invocation" : `invocation % ${across * down}u`};
${prepare === undefined ? "" : `  ${prepare}\n`}${skip}  let column = thread % ${across}u;
  let line = thread / ${across}u;
${lines.map((r) => `  ${quads.map((c) => `var s${r}_${c} = vec4f();`).join(" ")}`).join("\n")}
${sums.map((terms) => loop(terms, shape)).join("\n")}
${addSplits(shape)}  let i = 4u * (${down * rowQuads}u * tile.y + line);
  let j = ${across * columnQuads}u * tile.x + column;
  let quads = (${cols} + 3u) / 4u;
${stores.join("\n")}
}`;
}

/** Adds the splits' sums up, in the tiles' memory, half of them to the other half; the first split has them then. */
function addSplits({ across, down, columnQuads, rowQuads, splits }: TileShape): string {
  const quads = range(4 * rowQuads).flatMap((r) => range(columnQuads).map((c) => `s${r}_${c}`));
  const invocations = across * down;
  const place = (quad: number) => `left_tile[${quad * invocations}u + place]`;
  let text = "";
  for (let half = splits / 2; half >= 1; half /= 2) {
    const stride = quads.length * invocations;
    text += `  if (split >= ${half}u && split < ${2 * half}u) {
    let place = (split - ${half}u) * ${stride}u + thread;
    ${quads.map((sum, at) => `${place(at)} = ${sum};`).join(" ")}
  }
  workgroupBarrier();
  if (split < ${half}u) {
    let place = split * ${stride}u + thread;
    ${quads.map((sum, at) => `${sum} += ${place(at)};`).join(" ")}
  }
  workgroupBarrier();
`;
  }
  return splits === 1 ? "" : `${text}  if (split > 0u) { return; }\n`;
}

function loop(terms: Terms, shape: TileShape): string {
  const { across, down, columnQuads, rowQuads, splits } = shape;
  const { left, leftAlongTerms, right, rightAlongTerms, placeLeft, placeRight, count, when } = terms;
  // Invocations are a multiple of the quads: one that loads several parts of a tile loads the same quad of each.
  const place = (how: string | undefined, tile: string, quads: number) =>
    how === undefined ? "" : `  ${how}(${quads}u * ${tile} + thread % ${quads}u);\n`;
  const places = place(placeLeft, "tile.y", down * rowQuads) +
    place(placeRight, "tile.x", across * columnQuads);
  const text = `${places}  for (var base = 0u; base < ${count}; base += ${splits * DEPTH}u) {
    let first = base + ${DEPTH}u * split;
${fill("left_tile", left, leftAlongTerms, "tile.y", down * rowQuads, across * down, count)}
${fill("right_tile", right, rightAlongTerms, "tile.x", across * columnQuads, across * down, count)}
    workgroupBarrier();
    for (var l = 0u; l < ${DEPTH}u; l += 4u) {
      let turn = l / 2u;
${range(4).map((l) => step(l, shape)).join("\n")}
    }
    workgroupBarrier();
  }`;
  return when === undefined ? text : `#if \${${when}}\n${text}\n#endif`;
}

/** One term of all sums of an invocation. */
function step(l: number, { across, down, columnQuads, rowQuads }: TileShape): string {
  const columns = range(columnQuads).map((c) =>
    `let x${c} = right_tile[(${DEPTH}u * split + l + ${l}u) * ${across * columnQuads}u + ((column + ${
      across * c
    }u) ^ turn)];`
  );
  const lines = range(rowQuads).map((r) =>
    `let w${r} = left_tile[(${DEPTH}u * split + l + ${l}u) * ${down * rowQuads}u + ((line + ${
      down * r
    }u) ^ turn)];`
  );
  const sums = range(4 * rowQuads).map((r) =>
    range(columnQuads).map((c) => `s${r}_${c} += w${r >> 2}[${r & 3}] * x${c};`).join(" ")
  );
  return ["      {", ...[...columns, ...lines, ...sums].map((text) => `        ${text}`), "      }"].join(
    "\n",
  );
}

/**
 * Fills a tile of workgroup memory: term after term, each with `quads` quads of rows or columns. The quads of terms 4t … 4t+3
 * stand at their index exclusive-or 2t, which keeps the invocations that write one row's terms out of one memory bank.
 */
function fill(
  target: string,
  source: string,
  alongTerms: boolean,
  tile: string,
  quads: number,
  invocations: number,
  count: string,
): string {
  const loads = DEPTH * quads;
  return range(Math.ceil(loads / invocations)).map((part) => {
    const guard = (part + 1) * invocations > loads ? `if (thread < ${loads - part * invocations}u) ` : "";
    const body = alongTerms
      ? `let outer = e / ${DEPTH / 4}u;
      let four = e % ${DEPTH / 4}u;
      var quad = vec4f();
      if (first + 4u * four < ${count}) { quad = ${source}(${
        4 * quads
      }u * ${tile} + outer, first / 4u + four); }
      let place = (${DEPTH}u * split + 4u * four) * ${quads}u + ((outer / 4u) ^ (2u * four));
${range(4).map((c) => `      ${target}[place + ${c * quads}u][outer % 4u] = quad[${c}];`).join("\n")}`
      : `let l = e / ${quads}u;
      let outer = e % ${quads}u;
      var quad = vec4f();
      if (first + l < ${count}) { quad = ${source}(first + l, ${quads}u * ${tile} + outer); }
      ${target}[(${DEPTH}u * split + l) * ${quads}u + (outer ^ (l / 4u * 2u))] = quad;`;
    return `    ${guard}{
      let e = thread + ${part * invocations}u;
      ${body}
    }`;
  }).join("\n");
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
