import { type Device, GeneratedMatrix, InvalidArgumentError } from "@graphon-limit/runtime";
import { Weight } from "../weight.ts";
import type { NetworkDefinition, ParameterRequest } from "./definition.ts";

/** What a network asks for. */
export interface ListedRequest extends ParameterRequest {
  /** Whether it can do without. */
  readonly optional: boolean;
  /** In files: [outputs, inputs, …kernel], or [outputs]. */
  readonly shape: readonly number[];
}

/** All that a network asks for, in the order in which it does; nothing is kept in memory. */
export function requestsOf(device: Device, { build }: NetworkDefinition): ListedRequest[] {
  const requests: ListedRequest[] = [];
  const list = (request: ParameterRequest, optional: boolean): Weight => {
    const { output, input, kernel = [] } = request;
    const taps = kernel.reduce((product, extent) => product * extent, 1);
    const cols = (input?.size ?? 1) * taps;
    const weight = new Weight(new GeneratedMatrix(device, output.size, cols, neverRead), request);
    requests.push({ ...request, optional, shape: weight.shape });
    return weight;
  };
  build({ take: (request) => list(request, false), maybe: (request) => list(request, true) });
  return requests;
}

function neverRead(): never {
  throw new InvalidArgumentError("Expected a network of parameters but found what it asks for");
}
