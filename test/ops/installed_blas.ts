/** Where Linux distributions and Homebrew put OpenBLAS; the task `test:blas` may load these. */
export const PLACES = [
  "/usr/lib/x86_64-linux-gnu/libopenblas.so.0",
  "/usr/lib/aarch64-linux-gnu/libopenblas.so.0",
  "/usr/lib64/libopenblas.so.0",
  "/usr/lib/libopenblas.so.0",
  "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
];

/** The OpenBLAS installed here that the tests may load, or nothing. */
export function installedBlas(): string | undefined {
  return PLACES.find((path) => {
    if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") return false;
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
