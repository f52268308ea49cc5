/**
 * Prints the path of esbuild's program in Deno's cache, so that the task `build` can permit that program and no other.
 *
 * @module
 */
import { createRequire } from "node:module";
import { arch, platform } from "node:process";

const library = createRequire(import.meta.url).resolve("esbuild");
const program = platform === "win32" ? "esbuild.exe" : "bin/esbuild";
console.log(createRequire(library).resolve(`@esbuild/${platform}-${arch}/${program}`));
