// Opens the CPU device with the BLAS that the first argument names, and prints the device's name or the error's class
// and message: what blas_test.ts runs under permissions of its own.
import { openDevice } from "@graphon-limit/runtime";

try {
  using device = await openDevice({ kind: "cpu", blas: Deno.args[0] });
  console.log(device.info.name);
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error);
}
