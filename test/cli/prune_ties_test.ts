import assert from "node:assert/strict";
import { serialiseSafetensors } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";

/** Runs a command that must work and print one line of JSON, and nothing else but that a network is disconnected. */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(...args, "--device", "cpu", "--quiet", "--json");
  const others = stderr.filter((line) => !line.startsWith("no path leads from inputs to outputs: "));
  assert.deepEqual([code, others, stdout.length], [0, [], 1]);
  return JSON.parse(stdout[0]);
}

Deno.test({
  name:
    "prune: keeps the number asked for where all weights tie; --ties drop and worthless weights say what is missing",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      const weights = `${folder}/w.safetensors`, out = `${folder}/m.safetensors`;
      const levels = (rows: number, cols: number, of: readonly number[]) => ({
        shape: [rows, cols],
        data: Float32Array.from({ length: rows * cols }, (_, i) => of[i * 7 % 11 % of.length]),
      });
      const write = (of: readonly number[]) =>
        Deno.writeFileSync(
          weights,
          serialiseSafetensors([
            { name: "a.weight", ...levels(64, 64, of) },
            { name: "b.weight", ...levels(10, 64, of) },
          ]),
        );
      const run = (...args: string[]) =>
        json("prune", "--sparsity", "0.5", "--weights", weights, "--out", out, ...args);
      write([0.125, -0.125]);
      const total = 4736, half = total / 2;
      const exact = await run("--method", "magnitude");
      assert.deepEqual([exact.asked, exact.kept, exact.ties, exact.notices], [half, half, total, []]);
      const layered = await run("--method", "magnitude", "--scope", "layer");
      assert.deepEqual(
        (layered.layers as Record<string, unknown>[]).map(({ asked, kept, ties }) => [asked, kept, ties]),
        [[2048, 2048, 4096], [320, 320, 640]],
      );
      const dropped = await run("--method", "magnitude", "--ties", "drop");
      assert.deepEqual([dropped.asked, dropped.kept, dropped.ties], [half, 0, total]);
      assert.match(
        (dropped.notices as string[]).join(),
        /asked for 2368 weights, kept 0: --ties drop .* 4736 in the last/,
      );
      write([0, 0, 0.125]);
      const worthless = await run("--method", "synflow");
      assert.ok((worthless.kept as number) < half);
      assert.match(
        (worthless.notices as string[]).join(),
        new RegExp(`asked for 2368 weights, kept ${worthless.kept}: no weight`),
      );
    }),
});

Deno.test({
  name: "prune: where samples tell a method nothing, since there is one class, it says so",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      const batch = `${folder}/b.safetensors`, out = `${folder}/m.safetensors`;
      for (const classes of [1, 2]) {
        const x = {
          name: "x",
          shape: [6, 10],
          data: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)),
        };
        const y = { name: "y", shape: [6], data: Int32Array.from({ length: 6 }, (_, i) => i % classes) };
        Deno.writeFileSync(batch, serialiseSafetensors([x, y]));
        const network = ["--widths", `10,8,${classes}`, "--init", "he", "--batch", batch, "--out", out];
        for (const scope of ["global", "layer"]) {
          const { notices } = await json(
            "prune",
            "--method",
            "snip",
            "--sparsity",
            "0.5",
            "--scope",
            scope,
            ...network,
          );
          assert.equal((notices as string[]).some((line) => /tell snip nothing/.test(line)), classes === 1);
        }
      }
    }),
});
