import { InvalidArgumentError } from "@graphon-limit/runtime";
import { type NamedParameter, registerArchitecture } from "../architectures.ts";
import { layerScale, type Parametrization } from "../laws.ts";
import type { Activation } from "../laws.ts";
import { Weight } from "../weight.ts";
import {
  assemble,
  type NetworkDefinition,
  type ParameterRequest,
  type ParameterSource,
} from "./definition.ts";
import type { NetworkSizes } from "./sizes.ts";

/** Parameters that are there already, found by their names. */
export function heldParameters(
  parameters: readonly NamedParameter[],
  parametrization: Parametrization = "standard",
): ParameterSource {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const maybe = (request: ParameterRequest) => {
    const { name, role } = request, found = byName.get(name);
    if (!found) return undefined;
    if (found.role !== role) {
      throw new InvalidArgumentError(`Expected ${name} to be a ${role} but found a ${found.role}`);
    }
    const scale = role === "weight" ? layerScale(parametrization, found.matrix.cols) : 1;
    return new Weight(found.matrix, { ...request, scale });
  };
  return {
    maybe,
    take(request) {
      const found = maybe(request);
      if (found) return found;
      throw new InvalidArgumentError(`Expected the ${request.role} ${request.name} but found none`);
    },
  };
}

/** Makes a kind of network known, so that files can bring one back by its sizes. */
export function registerDefinition(
  kind: string,
  define: (sizes: NetworkSizes, options: { activation: Activation }) => NetworkDefinition,
): void {
  registerArchitecture(kind, (device, parameters, { sizes = {}, activation, parametrization }) => {
    const definition = define(sizes, { activation });
    return assemble(device, definition, heldParameters(parameters, parametrization), parametrization);
  });
}
