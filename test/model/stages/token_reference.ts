import { attention, gain, layerNorm, position, type SignalShape, standardise } from "@graphon-limit/model";
import { Rounded } from "../rounded.ts";
import { Jet } from "./jet.ts";
import { dealt, type JetMatrix, linear64, type Path, type Reference, tabulate } from "./reference.ts";
import { positionsOf } from "@graphon-limit/model";

/** `z = γ ⊙ x`. */
export function gain64(rows: number): Reference {
  return {
    parameters: [{ role: "gain", rows, cols: 1, scale: 1 }],
    place: ([weight]) => gain(weight),
    shape: (input) => input,
    apply: (x, [factor]) => tabulate(rows, x.cols, (i, b) => factor.data[i].times(x.data[i * x.cols + b])),
    extend: (paths, [factor], input) =>
      paths.map((path): Path => ({
        ...path,
        product: path.product * factor.entries[Math.floor(path.neuron / positionsOf(input))],
      })).filter(({ product }) => product > 0),
  };
}

/** `z = x + P`, `P` [tokens, channels]. */
export function position64(tokens: number, channels: number): Reference {
  return {
    parameters: [{ role: "position", rows: tokens, cols: channels, scale: 1 }],
    place: ([weight]) => position(weight),
    shape: (input) => input,
    apply: (x, [places]) =>
      tabulate(
        channels,
        x.cols,
        (i, b) => Jet.sum([x.data[i * x.cols + b], places.data[b % tokens * channels + i]]),
      ),
    extend: (paths, [places]) => [
      ...paths,
      ...Array.from({ length: tokens * channels }, (_, neuron) => ({
        ...{ neuron, product: places.entries[neuron % tokens * channels + Math.floor(neuron / tokens)] },
        ...{ from: undefined, through: [] },
      })),
    ],
  };
}

/** `x̂ = (x − μ) / √(mean (x − μ)² + ε)`, column by column. */
export function standardise64(epsilon: number): Reference {
  return {
    parameters: [],
    place: () => standardise({ epsilon }),
    shape: (input) => input,
    apply: (x) => standardised(x, epsilon),
    extend: () => [],
  };
}

function standardised({ rows, cols, data }: JetMatrix, epsilon: number): JetMatrix {
  const columns = Array.from({ length: cols }, (_, b) => {
    const column = Array.from({ length: rows }, (_, i) => data[i * cols + b]);
    const mean = Jet.sum(column).scaled(-1 / rows), rest = column.map((x) => Jet.sum([x, mean]));
    const variance = Jet.sum(rest.map((x) => x.times(x))).scaled(1 / rows);
    const inverse = Jet.sum([variance, new Jet(new Rounded(epsilon))]).power(-0.5);
    return rest.map((x) => x.times(inverse));
  });
  return tabulate(rows, cols, (i, b) => columns[b][i]);
}

/** The same, times γ, plus β. */
export function layerNorm64(rows: number, epsilon: number): Reference {
  return {
    parameters: [
      { role: "gain", rows, cols: 1, scale: 1 },
      { role: "shift", rows, cols: 1, scale: 1 },
    ],
    place: ([gains, shifts]) => layerNorm(gains, shifts, { epsilon }),
    shape: (input) => input,
    apply(x, [gains, shifts]) {
      const normal = standardised(x, epsilon);
      return tabulate(
        rows,
        x.cols,
        (i, b) => Jet.sum([gains.data[i].times(normal.data[i * x.cols + b]), shifts.data[i]]),
      );
    },
    extend: () => [],
  };
}

/** `softmax_t(scale ⟨q_s, k_t⟩) v_t`, head by head, of products with three weights. */
export function attention64(rows: number, cols: number, heads: number): Reference {
  const products = [0, 1, 2].map(() => linear64(rows, cols)), each = rows / heads, scale = each ** -0.5;
  return {
    parameters: products.flatMap(({ parameters }) => parameters),
    place(weights) {
      const [[query], [key], [value]] = dealt(products, weights);
      const [q, k, v] = [query, key, value].map((weight, index) => products[index].place([weight]));
      return attention({ query: q, key: k, value: v }, { heads });
    },
    shape: (input: SignalShape) => ({ ...input, rows }),
    apply(x, parameters, input) {
      const own = dealt(products, parameters), tokens = positionsOf(input);
      const [q, k, v] = products.map((product, index) => product.apply(x, own[index], input));
      const at = ({ data, cols }: JetMatrix, row: number, column: number) => data[row * cols + column];
      const channels = (row: number) =>
        Array.from({ length: each }, (_, c) => Math.floor(row / each) * each + c);
      const sharesOf = (row: number, column: number) => {
        const first = column - column % tokens;
        const logits = Array.from(
          { length: tokens },
          (_, t) =>
            Jet.sum(channels(row).map((c) => at(q, c, column).times(at(k, c, first + t)))).scaled(scale),
        );
        const largest = Math.max(...logits.map(({ value }) => value.value));
        const exponentials = logits.map((logit) => Jet.sum([logit, new Jet(new Rounded(-largest))]).exp());
        const total = Jet.sum(exponentials);
        return exponentials.map((exponential) => exponential.over(total));
      };
      return tabulate(rows, x.cols, (row, column) => {
        const first = column - column % tokens;
        return Jet.sum(sharesOf(row, column).map((share, t) => share.times(at(v, row, first + t))));
      });
    },
    extend: () => [],
  };
}
