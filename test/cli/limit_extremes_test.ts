import assert from "node:assert/strict";
import { digits, json, near } from "./limit_json.ts";
import { inFolder } from "./run_cli.ts";

Deno.test("limit: where SynFlow keeps few weights of a neuron it says that its limit is off, and nowhere else", () =>
  inFolder(async (folder) => {
    const small = ["--hidden", "2", "--inputs", "12", "--types", "20", "--repetitions", "1", "--rounds", "3"];
    const said = async (method: string, ...rest: string[]) => {
      const out = ["--out", `${folder}/g`, "--grid", "4"];
      const { notices } = await json(["limit", "--method", method, ...small, ...out, ...rest]);
      return notices.filter((notice) => /about 1 weights of a neuron at n = 20:/.test(notice)).length;
    };
    assert.equal(await said("synflow", "--width", "20", "--sparsity", "0.95"), 1);
    assert.equal(await said("synflow", "--width", "20", "--sparsity", "0.95", "--order", "strict"), 0);
    assert.equal(await said("synflow", "--width", "20", "--sparsity", "0.4"), 0);
    assert.equal(await said("synflow", "--sparsity", "0.95"), 0);
  }));

Deno.test("limit: where nothing is to go every method keeps all", () =>
  inFolder(async (folder) => {
    const args = ["--sparsity", "0", "--width", "16", "--hidden", "2", "--layers", "all"];
    for (const method of ["synflow", "snip", "magnitude"]) {
      const samples = method === "snip" ? digits : [];
      const { layers } = await json([
        "limit",
        "--method",
        method,
        ...args,
        "--grid",
        "4",
        "--out",
        `${folder}/g`,
        ...samples,
      ]);
      for (const { density, min } of layers) near([density, min], [1, 1], 1e-6, method);
    }
  }));
