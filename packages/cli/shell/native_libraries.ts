/**
 * Native libraries that a user may ask for: Dawn, by the task `cli:dawn`, and an installed BLAS, by `cli:blas`. The launcher finds them,
 * grants the command to load them and tells it where they are.
 *
 * @module
 */

/** Variables that tell the command where the libraries are, and the task that it was started by. */
export const DAWN_VARIABLE = "GRAPHON_LIMIT_DAWN",
  BLAS_VARIABLE = "GRAPHON_LIMIT_BLAS",
  TASK_VARIABLE = "GRAPHON_LIMIT_TASK";

/** The npm package that is Dawn, at the version that the project is tested with. */
export const DAWN_PACKAGE = "webgpu@0.6.2";

/** Where Linux distributions and Homebrew put OpenBLAS. */
export const BLAS_PLACES: readonly string[] = [
  "/usr/lib/x86_64-linux-gnu/libopenblas.so.0",
  "/usr/lib/aarch64-linux-gnu/libopenblas.so.0",
  "/usr/lib64/libopenblas.so.0",
  "/usr/lib/libopenblas.so.0",
  "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
];
