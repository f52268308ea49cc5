import { type BackendKind, type Device, openDevice } from "@graphon-limit/runtime";
import { installedDawn } from "./installed_dawn.ts";

/** Opens the adapter through an implementation of WebGPU; `auto` takes the faster one of those that are installed. */
export function openAdapter(backend: string): Promise<Device> {
  return openDevice({ kind: "webgpu", backend: backend as BackendKind, dawn: installedDawn() });
}
