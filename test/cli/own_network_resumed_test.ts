import assert from "node:assert/strict";
import { inFolder, runCli } from "./run_cli.ts";

const MODULE = "./test/cli/normed_network.ts";
const REST = ["--dataset", "digits", "--device", "cpu", "--quiet"];

async function trained(...args: string[]): Promise<number[]> {
  const { code, stdout, stderr } = await runCli("train", ...args, ...REST, "--json");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: [] });
  return JSON.parse(stdout[0]).losses;
}

Deno.test("train --resume: a network of one's own, by its module, and by no other", () =>
  inFolder(async (folder) => {
    const saved = `${folder}/saved`, begun = ["--network", MODULE, "--init", "he", "--batch-size", "8"];
    const whole = await trained(...begun, "--steps", "6");
    await trained(...begun, "--steps", "3", "--save", saved);
    const resumed = ["--resume", saved, "--steps", "6"];
    assert.deepEqual(await trained(...resumed, "--network", MODULE), whole);

    const source = await Deno.readTextFile(MODULE);
    const changed = async (from: string, to: string) => {
      const path = `${folder}/${crypto.randomUUID()}.ts`;
      await Deno.writeTextFile(path, source.replaceAll(from, to));
      return path;
    };
    const refused: [change: [string, string] | undefined, code: number, message: RegExp][] = [
      [undefined, 2, /Expected --network with the module .* of its own kind "normed"/],
      [['"normed"', '"other"'], 1, /of kind "normed" with relu but found the definition of "other"/],
      [['activation: "relu"', 'activation: "tanh"'], 1, /with relu but found .* with tanh/],
      [
        ['frozenNorm(source, "bn", channels),', ""],
        1,
        /conv\.weight, bn\.weight, .* but found one of conv\.weight, last/,
      ],
      [['"channels", 4', '"channels", 5'], 1, /conv\.weight to be 5×9 but found 4×9/],
    ];
    for (const [change, expected, message] of refused) {
      const network = change ? ["--network", await changed(...change)] : [];
      const { code, stderr } = await runCli("train", ...resumed, ...network, ...REST);
      assert.match(stderr.join("\n"), message);
      assert.equal(code, expected);
    }
  }));
