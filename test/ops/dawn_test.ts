import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { catalogue } from "@graphon-limit/ops";

/** Where Debian's `chromium` has SwiftShader, the software Vulkan that Dawn runs on: it finds no adapter on Mesa's. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

const PACKAGE = "dawn/node_modules/webgpu/index.js";

/** Cases of each op: SwiftShader takes its time to compile a shader. */
const CASES = 6;

const missing = [
  ...(isFile(SWIFTSHADER) ? [] : ["SwiftShader (Debian: chromium)"]),
  ...(isFile(PACKAGE) ? [] : ["Dawn (cd dawn && deno install --frozen)"]),
];
if (missing.length > 0) {
  console.error(`${missing.join(" and ")} is not here: ops were NOT tested through a second WebGPU`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test({
  name: "dawn: the shader of every op agrees with its twin through Dawn on SwiftShader, too",
  ignore: missing.length > 0,
  async fn() {
    const module = pathToFileURL(Deno.realPathSync(PACKAGE)).href;
    // A program of its own: it may load native code, and drivers are looked up when a process starts.
    const { code, stdout, stderr } = await new Deno.Command("deno", {
      args: [
        ...["test", "-q", "--no-check", "--no-prompt", "--allow-read", "--allow-env=FC_RUNS,FC_SEED,FC_PATH"],
        ...[`--allow-ffi=${Deno.realPathSync("dawn/node_modules")}`, "--reporter=tap"],
        ...[
          "--filter",
          "/: the shader agrees with the twin$|^dawn: every shader compiles/",
          "test/ops",
          "--",
          module,
        ],
      ],
      env: { VK_DRIVER_FILES: SWIFTSHADER, VK_ICD_FILENAMES: SWIFTSHADER, FC_RUNS: `${CASES}` },
      stdout: "piped",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.equal(code, 0, `${said}\n${new TextDecoder().decode(stderr)}`);
    assert.match(said, /^ok \d+ - dawn: every shader compiles as hardware adapters run it$/m);
    const tested = [...said.matchAll(/^ok \d+ - (\w+): the shader agrees with the twin$/gm)].map(([, op]) =>
      op
    );
    assert.deepEqual([...new Set(tested)].sort(), catalogue.map(({ name }) => name).sort());
  },
});
