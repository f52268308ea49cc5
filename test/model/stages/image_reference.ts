import {
  averagePool,
  convolution,
  flatten,
  fold,
  globalAveragePool,
  image,
  type ImageWindow,
  maximumPool,
  positionsOf,
  type SignalShape,
  type Stage,
  unfold,
} from "@graphon-limit/model";
import { UNIT } from "../rounded.ts";
import { Jet, NearCorner } from "./jet.ts";
import { type JetMatrix, type Path, type Reference, tabulate } from "./reference.ts";

/** A factor of a linear map of one sample, from an entry [row, position] to another. */
interface Term {
  readonly to: number;
  readonly from: number;
  readonly factor: number;
}

/** A linear map without parameters, by its terms. */
function linear64Map(
  place: () => Stage,
  shape: (input: SignalShape) => SignalShape,
  termsOf: (input: SignalShape) => Term[],
): Reference {
  return {
    ...{ parameters: [], place, shape },
    apply(x, _, input) {
      const output = shape(input), p = positionsOf(input), q = positionsOf(output), samples = x.cols / p;
      const terms = Array.from({ length: output.rows * q }, (): Term[] => []);
      for (const term of termsOf(input)) terms[term.to].push(term);
      return tabulate(output.rows, samples * q, (row, column) => {
        const sample = Math.floor(column / q);
        return Jet.sum(
          terms[row * q + column % q].map(({ from, factor }) =>
            entry(x, Math.floor(from / p), sample * p + from % p).scaled(factor)
          ),
        );
      });
    },
    extend(paths, _, input) {
      const terms = termsOf(input);
      return paths.flatMap((path): Path[] =>
        terms.filter(({ from }) => from === path.neuron)
          .map(({ to, factor }) => ({ ...path, neuron: to, product: path.product * factor }))
      );
    },
  };
}

function entry({ data, cols }: JetMatrix, row: number, column: number): Jet {
  return data[row * cols + column];
}

/** Extents of what a window sees: PyTorch's formula. */
function seenOf(
  { kernel, stride = [1, 1], padding = [0, 0] }: ImageWindow,
  [height, width]: readonly number[],
) {
  return [height, width].map((extent, a) =>
    Math.floor((extent + 2 * padding[a] - (kernel[a] - 1) - 1) / stride[a] + 1)
  );
}

/** Each pixel that stands in a window: the window's number, the tap's, the pixel's. */
function windowsOf(window: ImageWindow, extents: readonly number[]) {
  const { kernel, stride = [1, 1], padding = [0, 0] } = window, seen = seenOf(window, extents);
  const all: { readonly place: number; readonly tap: number; readonly pixel: number }[] = [];
  for (let place = 0; place < seen[0] * seen[1]; place++) {
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const row = Math.floor(place / seen[1]) * stride[0] - padding[0] + Math.floor(tap / kernel[1]);
      const column = place % seen[1] * stride[1] - padding[1] + tap % kernel[1];
      if (row < 0 || column < 0 || row >= extents[0] || column >= extents[1]) continue;
      all.push({ place, tap, pixel: row * extents[1] + column });
    }
  }
  return all;
}

/** A row for each channel and tap, a column for each window. */
export function unfold64(window: ImageWindow): Reference {
  const taps = window.kernel[0] * window.kernel[1];
  return linear64Map(
    () => unfold(window),
    ({ rows, positions }) => ({ rows: rows * taps, positions: seenOf(window, positions) }),
    (input) => unfoldTerms(window, input),
  );
}

function unfoldTerms(window: ImageWindow, { rows, positions }: SignalShape): Term[] {
  const taps = window.kernel[0] * window.kernel[1], [height, width] = seenOf(window, positions);
  return Array.from(
    { length: rows },
    (_, channel) =>
      windowsOf(window, positions).map(({ place, tap, pixel }) => ({
        to: (channel * taps + tap) * height * width + place,
        from: channel * positions[0] * positions[1] + pixel,
        factor: 1,
      })),
  ).flat();
}

/** Its transpose. */
export function fold64(window: ImageWindow, extents: readonly [number, number]): Reference {
  const taps = window.kernel[0] * window.kernel[1];
  return linear64Map(
    () => fold(window, extents),
    ({ rows }) => ({ rows: rows / taps, positions: extents }),
    ({ rows }) =>
      unfoldTerms(window, { rows: rows / taps, positions: extents })
        .map(({ to, from, factor }) => ({ to: from, from: to, factor })),
  );
}

/** The mean over windows. */
export function averagePool64(window: ImageWindow): Reference {
  const { kernel, stride = kernel } = window,
    moved = { kernel, stride },
    factor = 1 / (kernel[0] * kernel[1]);
  return linear64Map(
    () => averagePool(window),
    ({ rows, positions }) => ({ rows, positions: seenOf(moved, positions) }),
    ({ rows, positions }) => {
      const [height, width] = seenOf(moved, positions), windows = windowsOf(moved, positions);
      return Array.from({ length: rows }, (_, channel) =>
        windows.map(({ place, pixel }) => ({
          to: channel * height * width + place,
          from: channel * positions[0] * positions[1] + pixel,
          factor,
        }))).flat();
    },
  );
}

/** The mean over all positions. */
export function globalAveragePool64(): Reference {
  return linear64Map(globalAveragePool, ({ rows }) => ({ rows, positions: [] }), (input) => {
    const positions = positionsOf(input);
    return Array.from({ length: input.rows * positions }, (_, from) => ({
      ...{ to: Math.floor(from / positions), from, factor: 1 / positions },
    }));
  });
}

/** Channel by channel, position by position. */
export function flatten64(): Reference {
  return linear64Map(
    flatten,
    (input) => ({ rows: input.rows * positionsOf(input), positions: [] }),
    (input) => identity(input.rows * positionsOf(input)),
  );
}

/** The other way round. */
export function image64(channels: number, height: number, width: number): Reference {
  return linear64Map(
    () => image(channels, height, width),
    () => ({ rows: channels, positions: [height, width] }),
    () => identity(channels * height * width),
  );
}

function identity(size: number): Term[] {
  return Array.from({ length: size }, (_, at) => ({ to: at, from: at, factor: 1 }));
}

/** The largest of each window, the first of equals. */
export function maximumPool64(window: ImageWindow): Reference {
  const { kernel, stride = kernel } = window, moved = { kernel, stride };
  const shape = ({ rows, positions }: SignalShape) => ({ rows, positions: seenOf(moved, positions) });
  return {
    ...{ parameters: [], place: () => maximumPool(window), shape },
    apply(x, _, input) {
      const pixels = positionsOf(input), places = positionsOf(shape(input));
      const windows = windowsOf(moved, input.positions);
      return tabulate(x.rows, x.cols / pixels * places, (row, column) => {
        const sample = Math.floor(column / places);
        return largest(
          windows.filter(({ place }) => place === column % places)
            .map(({ pixel }) => entry(x, row, sample * pixels + pixel)),
        );
      });
    },
    extend: () => [],
  };
}

/** @throws {NearCorner} where rounding may make another the largest */
function largest(all: readonly Jet[]): Jet {
  const best = all.reduce((most, jet) => jet.value.value > most.value.value ? jet : most);
  const near = all.some((jet) => {
    const error = jet.value.error + best.value.error;
    return jet !== best && error > 0 && best.value.value - jet.value.value <= 4 * error * UNIT;
  });
  if (near) throw new NearCorner();
  return best;
}

/** `z[o, p] = Σ_iτ w[o, i, τ] x[i, stride · p + τ − padding]`. */
export function convolution64(outputs: number, inputs: number, window: ImageWindow): Reference {
  const taps = window.kernel[0] * window.kernel[1];
  const shape = ({ positions }: SignalShape) => ({ rows: outputs, positions: seenOf(window, positions) });
  return {
    parameters: [{ role: "weight", rows: outputs, cols: inputs * taps, scale: 1, kernel: window.kernel }],
    place: ([weight]) => convolution(weight, window),
    shape,
    apply(x, [weight], input) {
      const pixels = positionsOf(input), places = positionsOf(shape(input));
      const windows = windowsOf(window, input.positions);
      return tabulate(outputs, x.cols / pixels * places, (row, column) => {
        const sample = Math.floor(column / places);
        const seen = windows.filter(({ place }) => place === column % places);
        return Jet.sum(
          Array.from(
            { length: inputs },
            (_, i) =>
              seen.map(({ tap, pixel }) =>
                entry(weight, row, i * taps + tap).times(entry(x, i, sample * pixels + pixel))
              ),
          ).flat(),
        );
      });
    },
    extend(paths, [weight], input) {
      const pixels = positionsOf(input), places = positionsOf(shape(input));
      const windows = windowsOf(window, input.positions);
      return paths.flatMap(({ neuron, product, from, through }) =>
        windows.filter(({ pixel }) => pixel === neuron % pixels).flatMap(({ place, tap }) =>
          Array.from({ length: outputs }, (_, row): Path => {
            const at = (row * inputs + Math.floor(neuron / pixels)) * taps + tap;
            return {
              ...{ neuron: row * places + place, product: product * weight.entries[at], from },
              through: [...through, [weight, at]],
            };
          }).filter((path) => path.product > 0)
        )
      );
    },
  };
}
