/**
 * Imports a browser bundle, the address of which is its argument, where touching a host's globals shows; then prunes a
 * network with it and asks for a file. Run by Node, which has what a browser has and no `Deno`. Prints JSON.
 */
const address = process.argv[2], { log } = console;
let touched = [];
for (const name of ["Deno", "process"]) {
  Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) });
}
const { data, model, pruners, runtime } = await import(address);
const touchedByImport = touched;
touched = [];

const device = await runtime.openDevice({ kind: "cpu", accelerate: false });
const network = model.initialise(device, [8, 16, 4], "he", { seed: runtime.seedFrom(1) });
const { kept } = await pruners.prune(network, pruners.methodNamed("magnitude"), {
  sparsity: 0.5,
  seed: runtime.seedFrom(1),
});
let fileError;
try {
  data.writeFileAtomically("never", "written");
} catch (error) {
  fileError = error.name;
}
log(JSON.stringify({ touchedByImport, kept, fileError }));
