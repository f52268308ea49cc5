import type { Device } from "@graphon-limit/runtime";
import type { Axis } from "../axis.ts";
import type { Activation, Parametrization } from "../laws.ts";
import { Network } from "../network.ts";
import { vectorShape } from "../signal.ts";
import type { Stage } from "../stage.ts";
import type { Weight, WeightRole } from "../weight.ts";
import type { NetworkSizes } from "./sizes.ts";

/** A parameter that a network is made of: what it is called, what it is and which axes it joins, its numbers aside. */
export interface ParameterRequest {
  /** As files name it: `stages.0.1.conv1.weight`. */
  readonly name: string;
  readonly role: WeightRole;
  readonly output: Axis;
  /** Of a weight, and of a position, whose outputs are places. */
  readonly input?: Axis | undefined;
  /** The extents of a convolution's kernel. */
  readonly kernel?: readonly number[] | undefined;
  /** Whether it stays as it is while the network trains, and has no part in a tangent kernel; false unless given. */
  readonly frozen?: boolean | undefined;
}

/** Where a network's parameters are from: drawn, read from files, held before. */
export interface ParameterSource {
  /** A parameter that the network cannot do without. */
  take(request: ParameterRequest): Weight;
  /** One that it can, such as a bias; undefined where there is none. */
  maybe(request: ParameterRequest): Weight | undefined;
}

/** A network apart from its numbers: which parameters it has, and how signals run through them. */
export interface NetworkDefinition {
  /** As `--network` calls it: `cnn`. */
  readonly kind: string;
  /** Enough to define it again, where its parameters do not tell. */
  readonly sizes?: NetworkSizes;
  /** Numbers of one sample, as data sets come: of an image channel by channel, row by row. */
  readonly features: number;
  /** Of which a network's φ is, and its weights' gain. */
  readonly activation: Activation;
  /** The stage of parameters, each asked for once, in any order. */
  build(source: ParameterSource): Stage;
}

/**
 * A network of the parameters of a source, which it owns from here on.
 *
 * @throws {InvalidArgumentError} if the source has not what the definition asks for
 */
export function assemble(
  device: Device,
  definition: NetworkDefinition,
  source: ParameterSource,
  parametrization: Parametrization = "standard",
): Network {
  const { kind, sizes, features, activation } = definition;
  return new Network(device, definition.build(source), vectorShape(features), {
    ...{ kind, activation, parametrization },
    ...(sizes ? { sizes } : {}),
  });
}
