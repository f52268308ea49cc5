import type { NetworkLayer } from "@graphon-limit/data";
import type { Network } from "@graphon-limit/model";
import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import type { DefinedFlags } from "./defined_network.ts";
import { findNetwork } from "./found_network.ts";
import { layersOf, type OpenFiles } from "./network_files.ts";
import { isDefined } from "./network_kind.ts";
import type { Session } from "./session.ts";

/**
 * The layers of open files for those of a network that is there, in its order: of fully connected ones one after another, of others by
 * name.
 *
 * @param source the files, for messages
 * @param image channels, height and width of the samples in a file, where it says so
 * @throws {FormatError} where the files have no such layers
 * @throws {InvalidArgumentError} where there are other layers in the files than the network has, or they have other shapes
 */
export async function layersFor(
  session: Session,
  { weights }: Network,
  files: OpenFiles,
  flags: DefinedFlags,
  { source, image }: { readonly source: string; readonly image?: readonly number[] | undefined },
): Promise<NetworkLayer[]> {
  const layers = isDefined(flags)
    ? await namedLayers(session, weights, files, flags, { source, image })
    : layersOf(session, files, flags, "wanted").layers;
  if (layers.length !== weights.length) {
    throw new InvalidArgumentError(
      `${source}: expected masks of ${weights.length} layers, as the network has, but found ${layers.length}`,
    );
  }
  layers.forEach(({ name, rows, columns }, layer) => {
    const { rows: outputs, cols: inputs, name: called } = weights[layer];
    if (rows === outputs && columns === inputs) return;
    throw new InvalidArgumentError(
      `${source}: expected ${show(name)} to be ${outputs}×${inputs}, as ${
        show(called)
      } is, but found ${rows}×${columns}`,
    );
  });
  return [...layers];
}

async function namedLayers(
  session: Session,
  weights: Network["weights"],
  files: OpenFiles,
  flags: DefinedFlags,
  { source, image }: { readonly source: string; readonly image?: readonly number[] | undefined },
): Promise<NetworkLayer[]> {
  const { layers } = await findNetwork(session, files, flags, source, image);
  // A network whose weights are from a file has their names there, one that was drawn those of its kind.
  return weights.flatMap(({ name }) =>
    layers.get(name) ?? [...layers.values()].find((layer) => layer.name === name) ?? []
  );
}
