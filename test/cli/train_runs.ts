import assert from "node:assert/strict";
import { serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { RandomSequence } from "@graphon-limit/runtime";
import { runCli } from "./run_cli.ts";

/** Exit codes. */
export const FAILED = 1, BAD_USAGE = 2;

/** A network 6→12→3, its masks, and samples of three classes that can be told apart; files that do not fit them. */
export function writeFiles(folder: string): void {
  const write = (name: string, tensors: Tensor[]) =>
    Deno.writeFileSync(`${folder}/${name}`, serialiseSafetensors(tensors));
  const matrix = (name: string, rows: number, cols: number, value: (i: number) => number): Tensor => ({
    name,
    shape: [rows, cols],
    data: Float32Array.from({ length: rows * cols }, (_, i) => value(i)),
  });
  const random = new RandomSequence(4);
  const weights = (names: string[]) => [
    matrix(names[0], 12, 6, () => random.normal() / 2),
    matrix(names[1], 3, 12, () => random.normal() / 2),
  ];
  write("weights", weights(["a.2", "a.10"]));
  write("masks", [matrix("a.2", 12, 6, (i) => i % 3 ? 1 : 0), matrix("a.10", 3, 12, (i) => i % 2)]);
  write("othermasks", [matrix("a.2", 11, 6, () => 1), matrix("a.10", 3, 11, () => 1)]);
  write("strange", [matrix("b.7", 12, 6, () => 1)]);
  const labels = Int32Array.from({ length: 40 }, (_, i) => i % 3);
  const x = matrix(
    "x",
    40,
    6,
    (i) => ((i % 6) % 3 === labels[Math.floor(i / 6)] ? 1 : 0) + 0.3 * random.normal(),
  );
  write("batch", [x, { name: "y", shape: [40], data: labels }]);
  write("wide", [matrix("x", 4, 7, () => 1), { name: "y", shape: [4], data: labels.slice(0, 4) }]);
  write("fourth", [matrix("x", 4, 6, () => 1), { name: "y", shape: [4], data: Int32Array.of(0, 1, 2, 3) }]);
  write("one", [matrix("x", 1, 6, () => 1), { name: "y", shape: [1], data: Int32Array.of(0) }]);
}

/** A command line's words, those of files in a folder. */
export const words = (line: string, folder: string) => line.replaceAll("FOLDER", folder).split(" ");

/** What `train --json` says of a run that succeeds. */
export async function run(
  folder: string,
  line: string,
): Promise<Record<string, unknown> & { losses: number[] }> {
  const { code, stdout, stderr } = await runCli(...words(`train ${line} --json`, folder));
  assert.equal(code, 0, stderr.join("\n"));
  assert.equal(stdout.length, 1);
  return JSON.parse(stdout[0]);
}

/** The network, its masks and samples. */
export const NETWORK = "--weights FOLDER/weights --masks FOLDER/masks --batch FOLDER/batch";
