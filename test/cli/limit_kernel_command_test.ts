import assert from "node:assert/strict";
import {
  balancedBatch,
  generateDigits,
  loadDataset,
  parseSafetensors,
  serialiseSafetensors,
} from "@graphon-limit/data";
import { uploadBatch } from "@graphon-limit/model";
import { limitKernel, type LimitKernelOptions } from "@graphon-limit/ntk";
import { openDevice, seedFrom } from "@graphon-limit/runtime";
import { cpu, digits, json, tensors } from "./limit_json.ts";
import { inFolder, runCli } from "./run_cli.ts";

/** Ten digits that no score has seen, in a file. */
function writeInputs(path: string): Float32Array {
  const { x } = balancedBatch(generateDigits({ count: 200 }), 1, 8);
  Deno.writeFileSync(path, serialiseSafetensors([{ name: "x", shape: [10, 784], data: x }]));
  return x;
}

/** `limitKernel` of what `limit --seed 5` finds. */
async function kernelOf(
  method: string,
  width: number,
  x: Float32Array,
  options: Pick<LimitKernelOptions, "order" | "types" | "rounds">,
): Promise<Float32Array> {
  using device = await openDevice({ kind: "cpu" });
  const samples = balancedBatch(await loadDataset("digits", { seed: 5 }), 2, seedFrom(5));
  using batch = uploadBatch(device, samples.x, samples.y);
  using features = uploadBatch(device, x, new Uint8Array(10));
  const network = { inputs: 784, hidden: 2, classes: 10, width };
  using kernel = await limitKernel(method, network, features.inputs, {
    ...{ sparsity: 0.7, seed: seedFrom(5), batch },
    ...options,
  });
  return await device.read(kernel);
}

function assertSame(found: Float32Array, expected: Float32Array): void {
  assert.ok(expected[0] > 0.01);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]) <= 1e-5 * expected[0], `entry ${i}: ${value}, ${expected[i]}`)
  );
}

const limitOf = (method: string, width: number, ...rest: readonly string[]) => [
  ...["limit", "--method", method, "--sparsity", "0.7", "--hidden", "2", "--width", String(width)],
  ...["--layers", "network", "--seed", "5", ...rest],
];

// The shapes of each method: one type, types beside all inputs and classes, types beside one of either.
const shapes: readonly [string, number[][]][] = [
  ["magnitude", [[1, 1], [1, 1], [1, 1]]],
  ["snip", [[40, 784], [40, 40], [10, 40]]],
  ["synflow", [[40, 1], [40, 40], [1, 40]]],
];

for (const [method, expectedShapes] of shapes) {
  Deno.test(`limit --layers network: ntk --graphons gives limitKernel of ${method}`, () =>
    inFolder(async (folder) => {
      const graphons = `${folder}/g`, moments = `${folder}/v`, inputs = `${folder}/x`, out = `${folder}/k`;
      const reads = method === "snip" ? digits : [], rounds = method === "synflow" ? ["--rounds", "6"] : [];
      const result = await json([
        ...limitOf(method, 256, ...reads, ...rounds, "--types", "40", "--order", "strict"),
        ...["--out", graphons, "--second-moments", moments, "--figure", `${folder}/f.svg`, "--grid", "8"],
      ]);
      assert.deepEqual(Object.keys(result.layers[0]), ["index", "name", "shape", "density", "min", "max"]);
      assert.deepEqual(result.layers.map(({ shape }) => shape), expectedShapes);
      const signs = (notices: readonly string[]) =>
        notices.filter((line) => /know of the signs of the weights that snip keeps/.test(line)).length;
      assert.equal(signs(result.notices), method === "snip" ? 1 : 0);
      for (const path of [graphons, moments]) {
        const found = [...tensors(path)].sort().map(([name, { shape }]) => [name, shape]);
        assert.deepEqual(found, expectedShapes.map((shape, i) => [`graphon.${i}`, shape]));
      }
      const x = writeInputs(inputs);
      const { size, notices } = await json([
        ...["ntk", "--graphons", graphons, "--second-moments", moments, "--inputs", inputs, "--out", out],
        ...["--weight-variance", `${result.weightVariance}`],
      ]);
      assert.equal(size, 10);
      // What the file lacks is said where it is read, too.
      assert.equal(signs(notices), method === "snip" ? 1 : 0);
      const expected = await kernelOf(method, 256, x, {
        ...{ types: 40, order: "strict" },
        ...(method === "synflow" ? { rounds: 6 } : {}),
      });
      assertSame(tensors(out).get("kernel")!.values, expected);
    }));
}

for (const method of ["snip", "grasp"]) {
  Deno.test(`limit --second-moments: has the weights that ${method} keeps, and ntk their kernel`, () =>
    inFolder(async (folder) => {
      const graphons = `${folder}/g`, moments = `${folder}/v`, inputs = `${folder}/x`, out = `${folder}/k`;
      const result = await json([
        ...limitOf(method, 48, ...digits),
        ...["--out", graphons, "--second-moments", moments],
      ]);
      const all = new RegExp(`^all 48 neurons of a layer are followed \\(--types 48\\), .* ${method} keeps`);
      assert.equal(result.notices.filter((line) => all.test(line)).length, 1, `${result.notices}`);
      const kept = [...tensors(moments)].filter(([name]) => name.startsWith("kept_weight."));
      assert.deepEqual(kept.map(([name, { shape }]) => [name, shape]), [
        ["kept_weight.0", [48, 784]],
        ["kept_weight.1", [48, 48]],
        ["kept_weight.2", [10, 48]],
      ]);
      const total = kept.reduce((sum, [, { values }]) => sum + values.length, 0);
      const left = kept.reduce(
        (sum, [, { values }]) => sum + values.filter((weight) => weight !== 0).length,
        0,
      );
      assert.ok(Math.abs(left / total - 0.3) < 0.02, `${left} of ${total}`);
      const x = writeInputs(inputs);
      const ntk = [
        ...["ntk", "--graphons", graphons, "--second-moments", moments, "--inputs", inputs],
        ...["--weight-variance", "2"],
      ];
      const { notices } = await json([...ntk, "--out", out]);
      assert.equal(
        notices.filter((line) => line.includes(`one draw of the weights that ${method} keeps`)).length,
        1,
      );
      assertSame(tensors(out).get("kernel")!.values, await kernelOf(method, 48, x, { order: "finite" }));
      for (const [flag, value] of [["--bias-variance", "1"], ["--gradients", "variance"]]) {
        const { code, stderr } = await runCli(...ntk, flag, value, ...cpu);
        assert.equal(code, 2);
        assert.match(stderr.join("\n"), new RegExp(`${flag}.*kept weights of known signs`));
      }
    }));
}

Deno.test("ntk --second-moments: kept weights are known by their tensors; those of other layers, and numbers that are none, are refused", () =>
  inFolder(async (folder) => {
    const graphons = `${folder}/g`,
      moments = `${folder}/v`,
      inputs = `${folder}/x`,
      changed = `${folder}/changed`;
    await json([...limitOf("snip", 12, ...digits), "--out", graphons, "--second-moments", moments]);
    writeInputs(inputs);
    const bytes = Deno.readFileSync(moments);
    const change = (
      edit: (name: string, shape: number[], data: Float32Array) => boolean | void,
      more: readonly string[] = [],
      metadata = true,
    ) => {
      using file = parseSafetensors(bytes, moments);
      const entries = [...file.tensors, ...more.map((name) => ({ ...file.info("kept_weight.1"), name }))].map(
        ({ name, shape }) => ({
          name,
          shape: [...shape],
          data: file.readFloat32(more.includes(name) ? "kept_weight.1" : name),
        }),
      ).filter(({ name, shape, data }) => edit(name, shape, data) !== false);
      Deno.writeFileSync(
        changed,
        serialiseSafetensors(entries, metadata ? Object.fromEntries(file.metadata) : {}),
      );
    };
    const ntk = (moments: string, from = graphons) => [
      ...[
        "ntk",
        "--graphons",
        from,
        "--second-moments",
        moments,
        "--inputs",
        inputs,
        "--weight-variance",
        "2",
      ],
    ];
    const traceOf = ({ metrics }: Record<string, unknown>) => (metrics as { trace: number }).trace;
    const whole = await json(ntk(moments));
    // As who reads and writes tensors alone leaves it.
    change(() => {}, [], false);
    const bare = await json(ntk(changed));
    assert.equal(traceOf(bare), traceOf(whole));
    assert.equal(
      bare.notices.filter((line) => /one draw of the weights that a method keeps/.test(line)).length,
      1,
    );

    const refused = async (expected: RegExp, args = ntk(changed)) => {
      const { code, stderr } = await runCli(...args, ...cpu);
      assert.equal(code, 1);
      assert.match(stderr.join("\n"), expected);
    };
    const last = "kept_weight.2";
    for (const metadata of [true, false]) {
      change((name) => name !== last, [], metadata);
      await refused(/expected kept_weight\.2 of \[10, 12\], as its graphon, but found none/);
      change((name, _, data) => void (name === last && (data[3] = NaN)), [], metadata);
      await refused(/kept_weight\.2 to be finite.*NaN/);
      change((name, shape) => void (name === last && shape.reverse()), [], metadata);
      await refused(/expected kept_weight\.2 of \[10, 12\], as its graphon, but found \[12, 10\]/);
      change(() => {}, ["kept_weight.3"], metadata);
      await refused(/expected kept weights of 3 layers, as there are graphons, but found 4/);
      change((name) => name !== "graphon.2", [], metadata);
      await refused(/those of others: 12×784, 12×12 in place of 12×784, 12×12, 10×12/);
    }
    await refused(/expected graphons but found second moments/, ntk(graphons, moments));
    Deno.copyFileSync(graphons, changed);
    await refused(/expected second moments, .* but found graphons/);
    const own = await json(ntk(graphons));
    assert.equal(
      own.notices.filter((line) => /its graphons are taken for second moments/.test(line)).length,
      1,
    );
    assert.equal(traceOf(own), traceOf(await json(ntk("fan-in").filter((_, at) => at !== 3 && at !== 4))));
  }));

Deno.test("ntk --graphons: layers sorted by themselves, what leaves signs out, and what is cut off is said", () =>
  inFolder(async (folder) => {
    const graphons = `${folder}/g`, moments = `${folder}/v`, inputs = `${folder}/x`;
    writeInputs(inputs);
    const ntk = ["ntk", "--graphons", graphons, "--second-moments", moments, "--inputs", inputs];
    const files = ["--out", graphons, "--second-moments", moments];
    const all = [
      "limit",
      "--method",
      "snip",
      "--sparsity",
      "0.7",
      "--hidden",
      "2",
      "--width",
      "16",
      ...digits,
    ];
    const said = async (args: readonly string[], line: RegExp) => {
      const { notices } = await json(args);
      assert.equal(notices.filter((notice) => line.test(notice)).length, 1, notices.join("\n"));
    };
    const signs = /leave out what neurons know of the signs of the weights that snip keeps/;
    const args = [...all, "--layers", "all", "--grid", "4", "--repetitions", "1", ...files];
    await said(args, signs);
    await said(ntk, signs);
    await said(ntk, /sorted by themselves, .* no network's kernel; --layers network keeps them together/);
    await said(
      [...limitOf("snip", 12, ...digits), "--types", "13", ...files],
      /--types 13: a layer has 12 neurons/,
    );
    await said([...ntk, "--bias-variance", "0"], /one draw of the weights that snip keeps/);
    await json([...limitOf("snip", 12, ...digits), "--sparsity", "0.9999", ...files]);
    const { code, stderr } = await runCli(...ntk, ...cpu);
    assert.equal(code, 0);
    assert.match(stderr.join("\n"), /no path leads from inputs to outputs/);
  }));

Deno.test("ntk --graphons: second moments of other graphons are refused, other weights than the limit's are said", () =>
  inFolder(async (folder) => {
    const inputs = `${folder}/x`;
    writeInputs(inputs);
    // Magnitude's second moments know nothing of signs: all kinds say of which graphons they are.
    const files = (
      width: string,
    ) => ["--out", `${folder}/g${width}`, "--second-moments", `${folder}/v${width}`];
    for (const method of ["snip", "magnitude"]) {
      for (const width of ["12", "13"]) {
        await json([
          ...limitOf(method, Number(width), ...(method === "snip" ? digits : [])),
          ...files(width),
        ]);
      }
      const kernel = (graphons: string, moments: string, ...rest: string[]) => [
        ...["ntk", "--graphons", `${folder}/g${graphons}`, "--second-moments", `${folder}/v${moments}`],
        ...["--inputs", inputs, ...rest],
      ];
      const { code, stderr } = await runCli(...kernel("12", "13"), ...cpu);
      assert.equal(code, 1);
      assert.match(
        stderr.join("\n"),
        /expected second moments of the graphons in .*g12, .* found those of others/,
      );
      const said = (notices: readonly string[]) =>
        notices.filter((line) => /is the limit of networks with/.test(line));
      const { notices } = await json(kernel("12", "12"));
      assert.equal(said(notices).length, 1, `${notices}`);
      assert.match(
        said(notices)[0],
        /--weight-variance 2 and --activation relu, and this kernel that of 1 and relu/,
      );
      const other = await json(kernel("12", "12", "--weight-variance", "2", "--activation", "tanh"));
      assert.match(said(other.notices)[0], /and this kernel that of 2 and tanh/);
      assert.deepEqual(said((await json(kernel("12", "12", "--weight-variance", "2"))).notices), []);
    }
  }));

Deno.test("ntk --graphons: numbers that are no densities are refused", () =>
  inFolder(async (folder) => {
    const inputs = `${folder}/x`, graphons = `${folder}/g`;
    writeInputs(inputs);
    for (const [value, code] of [[0.5, 0], [1, 0], [1.5, 1], [-0.5, 1]] as const) {
      const cells = (name: string) => ({ name, shape: [1, 1], data: Float32Array.of(value) });
      Deno.writeFileSync(graphons, serialiseSafetensors(["graphon.0", "graphon.1"].map(cells)));
      const found = await runCli("ntk", "--graphons", graphons, "--inputs", inputs, ...cpu);
      assert.equal(found.code, code, found.stderr.join("\n"));
      if (code === 1) {
        assert.match(found.stderr.join("\n"), /graphon\.0 to hold (densities|numbers of at least)/);
      }
    }
  }));
