import assert from "node:assert/strict";

/** Tests in a real browser run in a process of their own, since Playwright is granted nothing less than everything. */
const FILES = ["masks", "training", "own", "tour"].map((name) => `test/explorer/browser/${name}.ts`);

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", { args: [...args], env }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, `${decode(stdout)}${decode(stderr)}`);
  return decode(stdout);
}

Deno.test("explorer: the page does in a browser what it says", async () => {
  const program = await run([
    ...["run", "-q", "--no-prompt", "--allow-read=/etc/os-release", "--allow-sys=uid"],
    ...["--allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND", "--allow-run", "scripts/ensure_chromium.ts"],
  ]);
  await run(["test", "-A", "-q", "--no-prompt", ...FILES], { EXPLORER_CHROMIUM: program.trim() });
});
