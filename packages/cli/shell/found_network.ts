import { type NetworkInFiles, type NetworkLayer, readNetwork } from "@graphon-limit/data";
import {
  assemble,
  biasNameOf,
  biasOf,
  fileNotices,
  layerScale,
  type ListedRequest,
  type Network,
  type NetworkDefinition,
  type ParameterRequest,
  type ParameterSource,
  requestsOf,
  uploadMask,
  uploadWeights,
  Weight,
} from "@graphon-limit/model";
import { FormatError, show } from "@graphon-limit/runtime";
import { assertShape, type DefinedFlags } from "./defined_network.ts";
import type { OpenFiles } from "./network_files.ts";
import { foldedNorm, foldedNotice, hasStatistics, layerOf, otherTensors } from "./frozen_norms.ts";
import { definitionOf, isModule, type WeightShapes } from "./network_kind.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** A network of a definition whose layers are in files. */
export interface FoundNetwork {
  readonly definition: NetworkDefinition;
  /** What the definition asks for, but for biases that there are none of. */
  readonly requests: readonly ListedRequest[];
  /** By the names that the definition has for weights. */
  readonly layers: ReadonlyMap<string, NetworkLayer>;
  readonly found: NetworkInFiles;
}

/**
 * Finds the layers of a network in open files: by the names that it has for them, below a common prefix where there is one; of a CNN
 * else one after another, convolutions and then the product, which is said.
 */
export async function findNetwork(
  session: Session,
  files: OpenFiles,
  flags: DefinedFlags,
  source: string,
  image?: readonly number[],
): Promise<FoundNetwork> {
  const main = files.weights ?? files.masks;
  if (main === undefined || main === "nonzero") throw new UsageError("Expected a file of weights or masks");
  // A module says what it has without having seen a file.
  const own = isModule(flags) ? await definitionOf(flags, { ...flags, image }) : undefined;
  const elsewhere = own
    ? otherTensors(main, requestsOf(session.device, own))
    : flags.network === "vit"
    ? main.tensors.map(({ name }) => name).filter((name) => /(^|\.)(norm\d*|position)(\.|$)/.test(name))
    : [];
  const options = { transpose: false, ...(flags.order ? { order: flags.order } : {}) };
  const found = readNetwork(files, { ...options, elsewhere });
  const prefix = commonPrefix(found.layers.map(({ name }) => name));
  const shapes: WeightShapes = new Map(
    found.layers.map(({ name, shape }) => [name.slice(prefix.length), shape]),
  );
  const definition = own ?? await definitionOf(flags, { ...flags, shapes, image });
  const requests = requestsOf(session.device, definition);
  const weights = requests.filter(({ role }) => role === "weight");
  const byName = new Map(found.layers.map((layer) => [layer.name.slice(prefix.length), layer]));
  const named = flags.order === undefined && weights.every(({ name }) => byName.has(name));
  const layers = named ? byName : inOrder(session, found, { weights, source, flags });
  for (const request of weights) assertShape(layers.get(request.name)!, request.shape, source);
  const left = found.layers.filter((layer) => ![...weights].some(({ name }) => layers.get(name) === layer));
  if (left.length > 0) {
    throw new FormatError(
      `${source}: expected the layers of --network ${flags.network} but found ${
        left.map(({ name }) => show(name)).join(", ")
      } beside them (--order names those that are meant)`,
    );
  }
  for (const line of found.notices) session.notice(line);
  return { definition, requests, layers, found };
}

/** The layers one after another, for a network that is a chain of them under other names. */
function inOrder(
  session: Session,
  { layers: found }: NetworkInFiles,
  { weights, source, flags }: {
    readonly weights: readonly ListedRequest[];
    readonly source: string;
    readonly flags: DefinedFlags;
  },
): Map<string, NetworkLayer> {
  const { network, activation, order } = flags;
  // A product over what is left of an image comes after all convolutions, whatever the names say.
  const layers = order ? found : found.toSorted((a, b) => b.shape.length - a.shape.length);
  const fits = network === "cnn" && layers.length === weights.length &&
    layers.every(({ shape }, index) => shape.length === weights[index].shape.length);
  if (!fits) {
    const missing = weights.find(({ name }) => !layers.some((layer) => layer.name.endsWith(name)));
    throw new FormatError(
      `${source}: expected ${
        weights.map(({ name }) => name).join(", ")
      }, as --network ${network} has them, but found ${layers.map(({ name }) => name).join(", ")}${
        missing ? ` and no ${missing.name}` : ""
      }`,
    );
  }
  const names = layers.map(({ name }) => name);
  session.notice(
    `${source}: ${
      names.join(", ")
    } taken as a cnn: each convolution with stride 1 and the padding that keeps the image's ` +
      `size, ${activation}, the mean over 2×2 pixels, then the product${
        order ? "" : " (--order names another order)"
      }`,
  );
  return new Map(weights.map(({ name }, index) => [name, layers[index]]));
}

/** What all names begin with, module by module. */
function commonPrefix(names: readonly string[]): string {
  for (const known of ["module.", "model.", "network.", "_orig_mod."]) {
    if (names.every((name) => name.startsWith(known))) {
      return known + commonPrefix(names.map((name) => name.slice(known.length)));
    }
  }
  return "";
}

/** The network of layers in files, with its biases and masks; the caller's to dispose of. */
export function uploadNetwork(
  session: Session,
  files: OpenFiles,
  { definition, layers, found }: FoundNetwork,
  flags: DefinedFlags,
  source: string,
): Network {
  const { device } = session, { parametrization = "standard", bias } = flags;
  using made = new DisposableStack();
  const zeros: ReturnType<typeof uploadWeights>[] = [], ordered = [...layers.values()];
  const others = files.weights, prefix = prefixOf(layers), folded = new Set<string>();
  const weightOf = (request: ParameterRequest): Weight => {
    const { name, weight, mask, rows, columns } = layers.get(request.name)!;
    const matrix = made.use(device.matrix(rows, columns));
    if (weight) zeros.push(uploadWeights(matrix, weight));
    const placed = new Weight(matrix, { ...request, name, scale: layerScale(parametrization, columns) });
    if (mask) placed.setMask(made.use(uploadMask(device, mask)));
    return placed;
  };
  const vectorOf = (request: ParameterRequest): Weight => {
    const name = prefix + request.name, { output, input } = request;
    if (others && hasStatistics(others, prefix, request)) {
      folded.add(prefix + layerOf(request));
      const values = finite(foldedNorm(others, prefix, request), name, source);
      return new Weight(made.use(device.upload(values, output.size, 1)), { ...request, name });
    }
    if (!others?.has(name)) {
      throw new FormatError(
        `${source}: expected ${show(name)}, a ${request.role} of --network ${flags.network}, but found none`,
      );
    }
    const { shape } = others.info(name), wanted = input ? [output.size, input.size] : [output.size];
    if (shape.join() !== wanted.join()) {
      throw new FormatError(
        `${source}: expected ${show(name)} to be ${wanted.join("×")} but found ${shape.join("×")}`,
      );
    }
    const values = finite(others.readFloat32(name), name, source);
    return new Weight(made.use(device.upload(values, output.size, input?.size ?? 1)), { ...request, name });
  };
  const parameters: ParameterSource = {
    take: (request) => request.role === "weight" ? weightOf(request) : vectorOf(request),
    maybe(request) {
      const layer = ordered.find(({ name }) => biasNameOf(name) === prefix + request.name) ??
        [...layers].find(([name]) => biasNameOf(name) === request.name)?.[1];
      const values = bias === false ? undefined : layer && biasOf(layer);
      if (!layer || !values) return undefined;
      const name = layer.bias!.name;
      return new Weight(made.use(device.upload(values, values.length, 1)), { ...request, name });
    },
  };
  const network = assemble(device, definition, parameters, parametrization);
  for (const line of fileNotices(found.layers, zeros, { biases: bias !== false, source })) {
    session.notice(line);
  }
  if (folded.size > 0) session.notice(foldedNotice(source, [...folded]));
  made.move();
  return network;
}

function finite(values: Float32Array, name: string, source: string): Float32Array {
  if (values.every(Number.isFinite)) return values;
  throw new FormatError(`${source}: expected finite numbers in ${show(name)}`);
}

/** What stands before the names that a network has for its parameters. */
function prefixOf(layers: ReadonlyMap<string, NetworkLayer>): string {
  const [[wanted, { name }]] = layers;
  return name.endsWith(wanted) ? name.slice(0, name.length - wanted.length) : "";
}
