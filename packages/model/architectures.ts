import { type Device, InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import type { Architecture, Network } from "./network.ts";
import type { WeightRole } from "./weight.ts";

/** A parameter from a file: its matrix, what it is called and what it is. */
export interface NamedParameter {
  readonly name: string;
  readonly role: WeightRole;
  readonly matrix: Matrix;
}

/** Builds a network of one kind around its parameters, which it owns from then on, in the order in which a signal meets them. */
export type BuildNetwork = (
  device: Device,
  parameters: readonly NamedParameter[],
  architecture: Architecture,
) => Network;

const kinds = new Map<string, BuildNetwork>();

/** Makes a kind of network known, so that files can bring one back. */
export function registerArchitecture(kind: string, build: BuildNetwork): void {
  kinds.set(kind, build);
}

/** A network from its parameters. @throws {InvalidArgumentError} if its kind is none there is, or they do not make one */
export function buildNetwork(
  device: Device,
  parameters: readonly NamedParameter[],
  architecture: Architecture,
): Network {
  const build = kinds.get(architecture.kind);
  if (!build) {
    throw new InvalidArgumentError(
      `Expected a network of kind ${[...kinds.keys()].join(", ")}, or the definition of another, but found ${
        show(architecture.kind)
      }`,
    );
  }
  return build(device, parameters, architecture);
}
