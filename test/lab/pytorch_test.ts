import assert from "node:assert/strict";
import {
  balancedBatch,
  generateDigits,
  parseSafetensors,
  serialiseSafetensors,
  type Tensor,
  writeFileAtomically,
} from "@graphon-limit/data";
import { main } from "../../packages/lab/cli/main.ts";
import { initialise } from "@graphon-limit/model";
import { openDevice, seedFrom } from "@graphon-limit/runtime";

// Masks of the same weights and batch against those of an outside PyTorch implementation (test/pytorch). The variable
// names a Python with PyTorch; without it there is nothing to compare with, and `deno task test:pytorch` is the way in.
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

const WIDTHS = [784, 200, 200, 200, 10];
const METHODS = ["magnitude", "snip", "grasp", "synflow"];
const LEAST_OVERLAP = 0.999;

/** Weights under PyTorch's names with biases beside them, and a batch of generated digits. */
async function writeInputs(folder: string): Promise<void> {
  using device = await openDevice({ kind: "cpu" });
  using mlp = initialise(device, WIDTHS, "he", { seed: seedFrom(21) });
  const tensors: Tensor[] = [];
  for (const [layer, weights] of mlp.weights.entries()) {
    // Layers 2, 4, 6 and 10: the natural order of the names is not their alphabetical one.
    const name = `layers.${layer === 3 ? 10 : 2 * layer + 2}`;
    tensors.push({
      name: `${name}.weight`,
      shape: [weights.rows, weights.cols],
      data: await device.read(weights),
    });
    tensors.push({ name: `${name}.bias`, shape: [weights.rows], data: new Float32Array(weights.rows) });
  }
  writeFileAtomically(`${folder}/weights.safetensors`, serialiseSafetensors(tensors));
  const { x, y, count, dimension } = balancedBatch(generateDigits({ count: 1000 }), 10, 4);
  writeFileAtomically(
    `${folder}/batch.safetensors`,
    serialiseSafetensors([
      { name: "x", shape: [count, dimension], data: x },
      { name: "y", shape: [count], data: BigInt64Array.from(y, BigInt) },
    ]),
  );
}

async function runPython(arguments_: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(python!, {
    args: arguments_,
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

function readMasks(path: string): Map<string, Uint8Array> {
  using file = parseSafetensors(Deno.readFileSync(path), path);
  return new Map(file.tensors.map(({ name }) => [name, file.readUint8(name)]));
}

/** Ones in both over ones in either, over all layers. */
function overlap(a: Map<string, Uint8Array>, b: Map<string, Uint8Array>): number {
  assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort());
  let both = 0, either = 0;
  for (const [name, mask] of a) {
    const other = b.get(name)!;
    assert.equal(mask.length, other.length);
    mask.forEach((bit, i) => {
      both += bit & other[i];
      either += bit | other[i];
    });
  }
  return both / either;
}

if (python) {
  const folder = Deno.makeTempDirSync({ prefix: "graphon-limit-pytorch-" });
  let written: Promise<void> | undefined;

  for (const method of METHODS) {
    Deno.test({
      name:
        `prune: ${method} masks agree with PyTorch's, on both devices, at 80 and 95 %, global and by layer`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        await (written ??= writeInputs(folder));
        const inputs = [
          "--weights",
          `${folder}/weights.safetensors`,
          ...(["snip", "grasp"].includes(method) ? ["--batch", `${folder}/batch.safetensors`] : []),
        ];
        for (const scope of ["global", "layer"]) {
          for (const sparsity of ["0.8", "0.95"]) {
            const choice = ["--method", method, "--sparsity", sparsity, "--scope", scope, ...inputs];
            const theirs = `${folder}/theirs.safetensors`;
            await runPython([
              "test/pytorch/prune_reference.py",
              ...choice,
              "--dtype",
              "float64",
              "--out",
              theirs,
            ]);
            for (const device of ["webgpu", "cpu"]) {
              const ours = `${folder}/ours.safetensors`;
              const printed: string[] = [], log = console.log;
              console.log = (line: string) => printed.push(line);
              try {
                const exit = await main([
                  "prune",
                  ...choice,
                  "--device",
                  device,
                  "--quiet",
                  "--json",
                  "--out",
                  ours,
                ]);
                assert.equal(exit, 0);
              } finally {
                console.log = log;
              }
              const share = overlap(readMasks(ours), readMasks(theirs));
              const { kept } = JSON.parse(printed[0]);
              console.log(
                `  ${method} ${sparsity} ${scope} ${device}: overlap ${share.toFixed(6)}, kept ${kept}`,
              );
              assert.ok(share >= LEAST_OVERLAP, `${scope}, ${sparsity}, ${device}: overlap ${share}`);
            }
          }
        }
      },
    });
  }

  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
}
