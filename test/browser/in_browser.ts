import assert from "node:assert/strict";

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", { args: [...args], env }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, `${decode(stdout)}${decode(stderr)}`);
  return decode(stdout);
}

/**
 * Runs files of tests in a real browser, which is found or installed: in a process of their own, since Playwright is granted nothing
 * less than everything.
 */
export async function testInBrowser(files: readonly string[]): Promise<void> {
  const program = await run([
    ...["run", "-q", "--no-prompt", "--allow-read=/etc/os-release", "--allow-sys=uid"],
    ...["--allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND", "--allow-run", "scripts/ensure_chromium.ts"],
  ]);
  await run(["test", "-A", "-q", "--no-prompt", ...files], { TEST_CHROMIUM: program.trim() });
}
