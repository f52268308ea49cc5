/**
 * The numbers by which WebGPU says what buffers and bindings are for. The standard fixes them; globals have them in browsers and in Deno,
 * and not in Node, where an implementation is a package.
 */
export const BUFFER_USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 };

export const MAP_MODE = { READ: 1 };

export const SHADER_STAGE = { COMPUTE: 4 };
