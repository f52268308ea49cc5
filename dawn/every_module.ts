// Nothing imports this file. Where every module of the project is cached for a machine without a network, Dawn is so among
// them, and bench/installed_dawn.ts finds it there. Who does not ask for that never downloads it.
// deno-lint-ignore no-import-prefix -- in deno.json's imports it would be everybody's
import "npm:webgpu@0.6.2";
