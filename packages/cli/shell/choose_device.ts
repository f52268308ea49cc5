import { chooseDevice as choose, type ChosenDevice, NoDawnError } from "@graphon-limit/runtime";
import { DAWN, DAWN_ADVICE, variable } from "../host.ts";
import { CalibrationCache } from "./calibration_cache.ts";
import type { DeviceFlags } from "./common_flags.ts";
import { UsageError } from "./usage.ts";
import { BLAS_VARIABLE } from "./native_libraries.ts";

/**
 * Opens the device a command asks for. What `auto` measures is kept in the user's cache folder; the environment's
 * `GRAPHON_LIMIT_BLAS` names a library that the CPU device is to multiply with.
 *
 * @throws UsageError where flags do not go together
 * @throws NoDawnError with what is to be done, where Dawn is asked for and not there
 */
export async function chooseDevice({ device: kind, backend, adapter }: DeviceFlags): Promise<ChosenDevice> {
  if (kind === "cpu" && (adapter !== undefined || backend !== "auto")) {
    const named = adapter === undefined ? "--backend" : "--adapter";
    throw new UsageError(`Expected ${named}, which is about WebGPU, not to go with --device cpu`);
  }
  const chosen = await choose({
    ...{ kind, backend, adapter, dawn: DAWN },
    blas: variable(BLAS_VARIABLE),
    calibrations: new CalibrationCache(),
  }).catch((error) => {
    throw error instanceof NoDawnError ? new NoDawnError(`${error.message}; ${DAWN_ADVICE}`) : error;
  });
  const flag = kind === "auto" ? `--adapter ${adapter}` : `--device ${kind}`;
  return { ...chosen, why: chosen.why.replace(/^asked for/, () => `asked for with ${flag}`) };
}
