import type { Random } from "./random.ts";

/** Numbers at the ends of what something counts with. */
const NUMBERS: readonly number[] = [
  ...[0, 1, 2, 3, 7, 8, 9, 16, 31, 32, 63, 64, 65, 127, 128, 255, 256, 257, 784, 785, 1000, 3073],
  ...[
    2 ** 15,
    2 ** 16 - 1,
    2 ** 16,
    2 ** 24,
    2 ** 24 + 1,
    2 ** 28,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
  ],
  ...[1e9, 1e12, 1e14, 2 ** 52, 2 ** 53 - 1, 2 ** 53],
];

/** A whole number that something may trip over. */
export function oddNumber(random: Random): number {
  return random.chance(0.3) ? random.below(40) : random.pick(NUMBERS);
}

/** How a number is written, not always as one. */
export function numberText(random: Random): string {
  const plain = String(oddNumber(random));
  return random.pick([
    ...[
      plain,
      plain,
      plain,
      plain,
      `-${plain}`,
      "-0",
      "0.5",
      "1e308",
      "1e999",
      "-1e999",
      "18446744073709551615",
    ],
    ...[
      "9".repeat(400),
      "00",
      `0${plain}`,
      `+${plain}`,
      `${plain}.0`,
      "NaN",
      "Infinity",
      "0x10",
      "1_000",
      "true",
    ],
  ]);
}

/** Names that mean something to a terminal, to a page, to JavaScript, or to the rules by which tensors are told. */
const NAMES: readonly string[] = [
  ...[
    "",
    " ",
    "a",
    "b",
    "x",
    "y",
    "X",
    "0",
    "10",
    "a.2",
    "a.10",
    "\0",
    "\u001b[31m",
    "a\u001b[31m\nerror: forged",
  ],
  ...[
    "x onerror=alert(1)",
    "\u202eabc",
    "\u009b31m",
    "\u2028",
    "\ud800",
    "\ufeff",
    "\ufffe",
    "__proto__",
    "constructor",
  ],
  ...[
    "toString",
    "../../a",
    "a/b",
    "C:\\a",
    "</svg>",
    "'\"&<>",
    "слой.0.weight",
    "層",
    "🕸.weight",
    "e\u0301",
    "{bar}",
  ],
  ...[
    "weight",
    "bias",
    "mask",
    "kernel",
    ".weight",
    "_mask",
    "masks.",
    "mask.a",
    "masks/a.weight",
    "weight_mask",
  ],
  ...[
    "weight_orig",
    "a.mask",
    "a_mask",
    "a.weight_mask",
    "a.bias_mask",
    "0.weight",
    "0.bias",
    "module.0.weight",
  ],
  ...[
    "dense/kernel:0",
    "parametrizations.weight.original",
    "a.parametrizations.weight.0.mask",
    "embeddings",
    "wte",
  ],
  ...[
    "running_mean",
    "scale",
    "optimizer.a",
    "_orig",
    "._/mask",
    "__metadata__",
    "format",
    "data",
    "shape",
    "indptr",
  ],
  ...["indices", "row", "col", "offsets", "x_train", "y_train", "a.npy", ".npy", "%s", "a".repeat(10_000)],
];

/** A name that something may trip over. */
export function oddName(random: Random): string {
  if (random.chance(0.3)) {
    const parts = Array.from({ length: random.between(1, 4) }, () => random.pick(NAMES));
    return parts.join(random.pick([".", "/", "_", ""]));
  }
  return random.pick(NAMES);
}
