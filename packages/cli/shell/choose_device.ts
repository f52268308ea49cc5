import { chooseDevice as choose, type ChosenDevice, type DeviceKind } from "@graphon-limit/runtime";
import { variable } from "../host.ts";
import { CalibrationCache } from "./calibration_cache.ts";

/**
 * Opens the device a command asks for. What `auto` measures is kept in the user's cache folder; the environment's
 * `GRAPHON_LIMIT_BLAS` names a library that the CPU device is to multiply with.
 */
export async function chooseDevice(kind: DeviceKind): Promise<ChosenDevice> {
  const chosen = await choose({
    kind,
    blas: variable("GRAPHON_LIMIT_BLAS"),
    calibrations: new CalibrationCache(),
  });
  return kind === "auto" ? chosen : { ...chosen, why: `asked for with --device ${kind}` };
}
