import assert from "node:assert/strict";
import { ensureAdapter, type Host, missingVariables, systemNames } from "../../scripts/ensure_adapter.ts";

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';

interface MadeUp {
  /** What each probe in turn finds. */
  readonly adapters: readonly (string | undefined)[];
  readonly osRelease?: string;
  readonly rootPrefix?: readonly string[];
  /** Commands that fail, by a word in them. */
  readonly failing?: readonly string[];
}

/** Runs the decision on a made-up machine; what it answered, ran and said. */
async function decide({ adapters, osRelease = DEBIAN, rootPrefix, failing = [] }: MadeUp) {
  const commands: string[] = [], said: string[] = [];
  let probes = 0;
  const host: Host = {
    probe: () => Promise.resolve(adapters[probes++]),
    osRelease: () => Promise.resolve(osRelease),
    rootPrefix: () => Promise.resolve(rootPrefix),
    execute(command) {
      commands.push(command.join(" "));
      return Promise.resolve(!failing.some((word) => command.includes(word)));
    },
    say: (line) => said.push(line),
  };
  return { answer: await ensureAdapter(host), commands, said, probes };
}

Deno.test("ensureAdapter: an adapter that answers is enough, nothing is installed", async () => {
  const { answer, commands, said, probes } = await decide({ adapters: ["llvmpipe"], rootPrefix: [] });
  assert.equal(answer, true);
  assert.equal(probes, 1);
  assert.deepEqual(commands, []);
  assert.deepEqual(said, ["WebGPU adapter: llvmpipe"]);
});

Deno.test("ensureAdapter: root on Debian installs the driver and probes again", async () => {
  const { answer, commands, said, probes } = await decide({
    adapters: [undefined, "llvmpipe"],
    rootPrefix: [],
  });
  assert.equal(answer, true);
  assert.equal(probes, 2);
  assert.deepEqual(commands, ["apt-get update", "apt-get install -y mesa-vulkan-drivers"]);
  assert.match(said[0], /installing mesa-vulkan-drivers/);
  assert.equal(said.at(-1), "WebGPU adapter: llvmpipe");
});

Deno.test("ensureAdapter: sudo without a password serves as well, on a system like Ubuntu too", async () => {
  const { answer, commands } = await decide({
    adapters: [undefined, "llvmpipe"],
    osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
    rootPrefix: ["sudo", "-n"],
  });
  assert.equal(answer, true);
  assert.deepEqual(commands, ["sudo -n apt-get update", "sudo -n apt-get install -y mesa-vulkan-drivers"]);
});

Deno.test("ensureAdapter: a stale package index does not keep it from installing", async () => {
  const { answer } = await decide({ adapters: [undefined, "llvmpipe"], rootPrefix: [], failing: ["update"] });
  assert.equal(answer, true);
});

Deno.test("ensureAdapter: without root it names the one command and fails", async () => {
  const { answer, commands, said } = await decide({ adapters: [undefined, "never asked"] });
  assert.equal(answer, false);
  assert.deepEqual(commands, []);
  assert.deepEqual(said, [
    "No WebGPU adapter answers; install a Vulkan driver: sudo apt-get install -y mesa-vulkan-drivers",
  ]);
});

Deno.test("ensureAdapter: elsewhere it installs nothing, even as root, and names that system's command", async () => {
  const { answer, commands, said } = await decide({
    adapters: [undefined, "never asked"],
    osRelease: "ID=fedora\n",
    rootPrefix: [],
  });
  assert.equal(answer, false);
  assert.deepEqual(commands, []);
  assert.equal(said.length, 1);
  assert.match(said[0], /sudo dnf install -y mesa-vulkan-drivers$/);
});

Deno.test("ensureAdapter: it never passes without an adapter, whether the installation fails or helps nothing", async () => {
  const refused = await decide({
    adapters: [undefined, "never asked"],
    rootPrefix: [],
    failing: ["install"],
  });
  assert.equal(refused.answer, false);
  assert.match(refused.said.at(-1) ?? "", /failed; install it by hand: sudo apt-get install/);
  const useless = await decide({ adapters: [undefined, undefined], rootPrefix: [] });
  assert.equal(useless.answer, false);
  assert.match(useless.said.at(-1) ?? "", /is installed but no WebGPU adapter answers/);
});

Deno.test("systemNames: reads quoted and bare values, the system's own name first", () => {
  assert.deepEqual(systemNames(DEBIAN), ["debian"]);
  assert.deepEqual(systemNames("ID='pop'\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=22\n"), [
    "pop",
    "ubuntu",
    "debian",
  ]);
  assert.deepEqual(systemNames(""), []);
});

Deno.test("missingVariables: names what is unset or empty, and leaves what the user set", () => {
  const all = { XDG_RUNTIME_DIR: "/tmp", DENO_WEBGPU_BACKEND: "vulkan,metal,dx12" };
  assert.deepEqual(missingVariables(() => undefined), all);
  assert.deepEqual(missingVariables(() => ""), all);
  const set: Record<string, string> = { XDG_RUNTIME_DIR: "/run/user/1000" };
  assert.deepEqual(missingVariables((name) => set[name]), { DENO_WEBGPU_BACKEND: "vulkan,metal,dx12" });
});
