import { pathToFileURL } from "node:url";
import { type BackendKind, type Device, listAdapters, openDevice } from "@graphon-limit/runtime";

/** Where Dawn's package is: as the task `cli:dawn` installs it, or packed for a machine without a network. */
const PLACES = ["dawn", ".offline/dawn"].map((folder) => `${folder}/node_modules/webgpu/index.js`);

/** The module of Dawn's package; undefined where it is not installed. */
export function installedDawn(): string | undefined {
  for (const path of PLACES) {
    try {
      return pathToFileURL(Deno.realPathSync(path)).href;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** The implementations of WebGPU that are there and reach an adapter, the host's own first. */
export async function reachingBackends(): Promise<string[]> {
  const lists = await listAdapters({ dawn: installedDawn() });
  return lists.filter(({ names }) => names.length > 0).map(({ backend }) => backend).sort().reverse();
}

/** Opens the adapter through an implementation of WebGPU; `auto` takes the faster one of those that are installed. */
export function openAdapter(backend: string): Promise<Device> {
  return openDevice({ kind: "webgpu", backend: backend as BackendKind, dawn: installedDawn() });
}
