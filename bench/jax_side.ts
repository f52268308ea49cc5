/**
 * jax-js's side of `bench/peers.ts`, by its WebAssembly backend, in a process of its own: its threads disturb nobody, and
 * memory that runs out ends this process alone. It speaks as `peers.py` does.
 *
 * @module
 */
import { blockUntilReady, defaultDevice, grad, init, jit, nn, numpy as np } from "@jax-js/jax";

/** What is timed, and what makes an array of it afterwards. */
interface Job {
  run(): Promise<np.Array[]>;
  finish(result: np.Array[]): Promise<Uint8Array<ArrayBuffer>>;
  /** The library counts references and frees nothing by itself. */
  dispose(): void;
}

interface Request {
  readonly job: string;
  /** The method whose masks are wanted, where masks are. */
  readonly method?: string;
  readonly folder: string;
  readonly result: string;
}

interface ProductRequest extends Request {
  readonly n: number;
  readonly repeats: number;
}

interface MaskRequest extends Request {
  readonly widths: readonly number[];
  readonly samples: number;
  readonly sparsity: number;
}

async function matrix(folder: string, name: string, rows: number, cols: number): Promise<np.Array> {
  const bytes = await Deno.readFile(`${folder}/${name}.bin`);
  return np.array(new Float32Array(bytes.buffer)).reshape([rows, cols]);
}

/** The bytes of arrays, which are used up. */
async function bytesOf(arrays: np.Array[], convert: (data: ArrayLike<number>) => Uint8Array | Float32Array) {
  const parts = await Promise.all(arrays.map(async (array) => convert(await array.data())));
  return new Uint8Array(
    await new Blob(parts.map((part) => new Uint8Array(part.slice().buffer as ArrayBuffer))).arrayBuffer(),
  );
}

async function product({ folder, n, repeats }: ProductRequest): Promise<Job> {
  const a = await matrix(folder, "a", n, n), b = await matrix(folder, "b", n, n);
  return {
    async run() {
      for (let left = repeats;; left--) {
        const out = np.matmul(a.ref, b.ref);
        // What is disposed of before it was waited for is never computed.
        await blockUntilReady(out);
        if (left === 1) return [out];
        out.dispose();
      }
    },
    finish: (result) => bytesOf(result, (data) => Float32Array.from(data)),
    dispose: () => [a, b].forEach((each) => each.dispose()),
  };
}

/**
 * SNIP: scores by `grad` under `jit`, the threshold by sorting. The scores are sorted as a typed array: `np.sort` of the
 * library takes longer, the copy included.
 */
async function snip({ folder, widths, samples, sparsity }: MaskRequest): Promise<Job> {
  const weights: np.Array[] = [];
  for (const [layer, width] of widths.slice(1).entries()) {
    weights.push(await matrix(folder, `w${layer}`, width, widths[layer]));
  }
  const classes = widths[widths.length - 1];
  const x = await matrix(folder, "x", samples, widths[0]);
  const labels = Int32Array.from({ length: samples }, (_, i) => i % classes);
  const y = np.array(labels, { dtype: np.int32 });

  const loss = (parameters: np.Array[], inputs: np.Array, targets: np.Array) => {
    let h = inputs;
    for (const [layer, weight] of parameters.entries()) {
      h = np.matmul(h, np.transpose(weight));
      if (layer < parameters.length - 1) h = nn.relu(h);
    }
    return np.negative(nn.logSoftmax(h, -1).mul(nn.oneHot(targets, classes)).sum()).div(samples);
  };
  const scores = jit((parameters: np.Array[], inputs: np.Array, targets: np.Array) => {
    const gradients = grad(loss)(parameters.map((weight) => weight.ref), inputs, targets) as np.Array[];
    return parameters.map((weight, layer) => np.abs(weight.mul(gradients[layer])));
  });
  return {
    async run() {
      const layers = scores(weights.map((weight) => weight.ref), x.ref, y.ref) as np.Array[];
      await blockUntilReady(layers);
      const sorted = new Float32Array(layers.reduce((sum, layer) => sum + layer.size, 0));
      let at = 0;
      for (const layer of layers) {
        const data = await layer.ref.data();
        sorted.set(data, at);
        at += data.length;
      }
      sorted.sort();
      const threshold = sorted[Math.floor(sparsity * sorted.length) - 1];
      const masks = layers.map((layer) => np.greater(layer, threshold));
      await blockUntilReady(masks);
      return masks;
    },
    finish: (result) => bytesOf(result, (data) => Uint8Array.from(data, (entry) => entry ? 1 : 0)),
    dispose: () => [...weights, x, y].forEach((each) => each.dispose()),
  };
}

/** What there is, by job and method. A request of that name has what the job needs: `jobs.ts` wrote it. */
const JOBS = new Map<string, (request: never) => Promise<Job>>([["product", product], ["masks snip", snip]]);

function prepare(request: Request): Promise<Job> {
  const { job, method } = request, name = method === undefined ? job : `${job} ${method}`;
  const make = JOBS.get(name);
  if (!make) throw new Error(`no such job: ${name}`);
  return make(request as never);
}

let prepared = "", job: Job | undefined;

async function answer(line: string): Promise<void> {
  const request = JSON.parse(line) as Request;
  if (line !== prepared) {
    job?.dispose();
    job = undefined;
  }
  const current = job ??= await prepare(request);
  prepared = line;
  const start = performance.now();
  const result = await current.run();
  const milliseconds = performance.now() - start;
  await Deno.writeFile(`${request.folder}/${request.result}`, await current.finish(result));
  console.log(JSON.stringify({ milliseconds }));
}

await init("wasm");
defaultDevice("wasm");
const version = /@jax-js\/jax[@/](\d[^/]*)/.exec(import.meta.resolve("@jax-js/jax"))?.[1];
console.log(JSON.stringify({ "jax-js": `${version} (WebAssembly)` }));
let text = "";
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  text += chunk;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    try {
      await answer(line);
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
}
// The library's threads would keep the process alive.
Deno.exit(0);
