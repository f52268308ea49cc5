import type { Initialiser } from "@graphon-limit/model";
import type { KernelOf } from "../kinds/spectrum.ts";

/** What the paper does not say of its kernels: how the networks that made the masks were initialised, and what the kernel is of. */
export interface KernelChoice extends KernelOf {
  readonly initialiser: Initialiser;
}

/** The choices that are made side by side. */
export const KERNEL_CHOICES: readonly KernelChoice[] = [
  { initialiser: "he", masks: "pruned", weights: "own" },
  { initialiser: "he", masks: "pruned", weights: "he" },
  { initialiser: "he", masks: "pruned", weights: "fan-in" },
  { initialiser: "he", masks: "layer", weights: "he" },
  { initialiser: "he", masks: "layer", weights: "fan-in" },
  { initialiser: "he", masks: "axis", weights: "he" },
  { initialiser: "he", masks: "axis", weights: "fan-in" },
  { initialiser: "torch", masks: "pruned", weights: "own" },
  { initialiser: "torch", masks: "pruned", weights: "torch" },
  { initialiser: "torch", masks: "pruned", weights: "fan-in" },
];

const laws = { he: "He", lecun: "LeCun", torch: "PyTorch", ntk: "NTK", "fan-in": "fan-in" } as const;

/** An initialiser's name for a reader. */
export function initialiserTitle(initialiser: Initialiser): string {
  return laws[initialiser];
}

/** `He · fresh, fan-in`: how the masks' networks were initialised, then whose masks and which weights. */
export function choiceTitle({ initialiser, masks, weights }: KernelChoice): string {
  const start = initialiserTitle(initialiser);
  if (weights === "own") return `${start} · own weights`;
  return `${start} · ${masks === "pruned" ? "fresh" : `drawn by ${masks}`}, ${laws[weights]}`;
}
