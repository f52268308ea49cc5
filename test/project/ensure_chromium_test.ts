import assert from "node:assert/strict";
import { type BrowserHost, ensureChromium } from "../../scripts/ensure_chromium.ts";

/** Runs the decision on a made-up machine that has some programs, and more of them once something was installed. */
async function decide(
  { programs, osRelease = "ID=debian\n", root }: {
    readonly programs: readonly string[];
    readonly osRelease?: string;
    readonly root: boolean;
  },
) {
  const installed: string[] = [], said: string[] = [], there = [...programs];
  const host: BrowserHost = {
    osRelease: () => Promise.resolve(osRelease),
    rootPrefix: () => Promise.resolve(root ? [] : undefined),
    execute([program, ...args]) {
      if (program !== "apt-get") return Promise.resolve(there.includes(program));
      installed.push(args.join(" "));
      if (args[0] === "install") there.push(args.at(-1)!);
      return Promise.resolve(true);
    },
    say: (line) => said.push(line),
  };
  return { program: await ensureChromium(host), installed, said };
}

Deno.test("ensureChromium: one that is there is taken, nothing is installed", async () => {
  assert.deepEqual(await decide({ programs: ["google-chrome"], root: true }), {
    ...{ program: "google-chrome", installed: [], said: [] },
  });
});

Deno.test("ensureChromium: root on Debian installs it", async () => {
  const { program, installed } = await decide({ programs: [], root: true });
  assert.equal(program, "chromium");
  assert.deepEqual(installed, ["update", "install -y --no-install-recommends chromium"]);
});

Deno.test("ensureChromium: without root, and on other systems, it is said what to do", async () => {
  for (const machine of [{ root: false }, { root: true, osRelease: "ID=ubuntu\nID_LIKE=debian\n" }]) {
    const { program, installed, said } = await decide({ programs: [], ...machine });
    assert.equal(program, undefined);
    assert.deepEqual(installed, []);
    assert.match(said[0], /apt-get install -y chromium/);
  }
});
