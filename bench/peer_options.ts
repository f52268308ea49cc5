import { parseArgs } from "node:util";
import {
  assertCount,
  BACKEND_KINDS,
  type BackendKind,
  DEVICE_KINDS,
  type DeviceKind,
  InvalidArgumentError,
} from "@graphon-limit/runtime";
import type { JobKind } from "./bars.ts";

/** The jobs, in the table's order. */
export const JOBS: readonly JobKind[] = [
  "product",
  "snip",
  "grasp",
  "synflow",
  "ntk",
  "spectrum",
  "histogram",
  "adam",
  "cnn-snip",
  "cnn-adam",
  "vit-snip",
  "vit-adam",
];

/** What `bench/peers.ts` is told on its command line. */
export interface PeerOptions {
  readonly device: DeviceKind;
  readonly backend: BackendKind;
  /** Where PyTorch computes. */
  readonly peerDevice: "cpu" | "cuda";
  readonly python: string;
  readonly jax: boolean;
  readonly jobs: readonly JobKind[];
  /** Sizes of the product, widths of the masks, and one size each for the others. */
  readonly sizes: readonly number[];
  readonly widths: readonly number[];
  readonly kernel: number;
  /** Rows of matrices whose eigenvalues are found. */
  readonly spectra: readonly number[];
  readonly histogram: number;
  /** Channels of a CNN's last convolution, and numbers of a ViT's tokens. */
  readonly network: number;
  readonly steps: number;
  readonly runs: number;
  readonly out?: string | undefined;
}

const FULL = {
  sizes: "512,1024,2048,4096",
  widths: "1024,2000",
  spectra: "1024",
  histogram: "10000",
  network: "256",
  runs: "5",
  steps: "100",
};
const QUICK = {
  sizes: "256,512",
  widths: "128",
  spectra: "128",
  histogram: "1000",
  network: "32",
  runs: "3",
  steps: "20",
};

const PEER_DEVICES = ["cpu", "cuda"] as const;

/** @throws {InvalidArgumentError} for a value that is none of those there are; `TypeError` for an unknown flag */
export function readPeerOptions(args: readonly string[]): PeerOptions {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      device: { type: "string", default: "auto" },
      backend: { type: "string", default: "auto" },
      "peer-device": { type: "string", default: "cpu" },
      python: { type: "string", default: "/usr/bin/python3" },
      "no-jax": { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      sizes: { type: "string" },
      widths: { type: "string" },
      spectra: { type: "string" },
      histogram: { type: "string" },
      network: { type: "string" },
      steps: { type: "string" },
      runs: { type: "string" },
      out: { type: "string" },
    },
  });
  const defaults = values.quick ? QUICK : FULL;
  const counts = (flag: keyof typeof FULL) => {
    const numbers = (values[flag] ?? defaults[flag]).split(",").map(Number);
    for (const number of numbers) assertCount(`--${flag}`, number, 1);
    return numbers;
  };
  const widths = counts("widths");
  return {
    device: oneOf("--device", values.device, DEVICE_KINDS),
    backend: oneOf("--backend", values.backend, BACKEND_KINDS),
    peerDevice: oneOf("--peer-device", values["peer-device"], PEER_DEVICES),
    python: values.python,
    jax: !values["no-jax"],
    jobs: positionals.length === 0 ? JOBS : positionals.map((name) => oneOf("a job", name, JOBS)),
    sizes: counts("sizes"),
    widths,
    kernel: Math.min(...widths),
    spectra: counts("spectra"),
    histogram: counts("histogram")[0],
    network: counts("network")[0],
    steps: counts("steps")[0],
    runs: counts("runs")[0],
    out: values.out,
  };
}

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) {
    throw new InvalidArgumentError(`Expected ${what} of ${allowed.join(", ")} but found ${value}`);
  }
  return found;
}
