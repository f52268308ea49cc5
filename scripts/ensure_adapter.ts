/**
 * Makes sure that a WebGPU adapter answers, installing Mesa's software Vulkan driver where that can be done without
 * asking, and then runs the command given as arguments. Exits 1, the command not run, where no adapter answers.
 *
 *     ensure_adapter.ts [command [argument…]]
 *
 * What it says goes to stderr, so that stdout is the command's own.
 *
 * @module
 */

/** What the decision depends on: the machine, or a made-up one in tests. */
export interface Host {
  /** The name of the adapter that answers in a fresh process; drivers are looked up when a process starts. */
  probe(): Promise<string | undefined>;
  /** The text of `/etc/os-release`, empty where there is none. */
  osRelease(): Promise<string>;
  /** What must stand before a command to run it as root without a question; nothing where that cannot be. */
  rootPrefix(): Promise<readonly string[] | undefined>;
  /** Runs a command; true where it succeeds. */
  execute(command: readonly string[]): Promise<boolean>;
  say(line: string): void;
}

const APT_PACKAGE = "mesa-vulkan-drivers";

/** The one command that installs the software driver, by the system's name in os-release. */
const INSTALL_BY_HAND: Readonly<Record<string, string>> = {
  debian: `sudo apt-get install -y ${APT_PACKAGE}`,
  ubuntu: `sudo apt-get install -y ${APT_PACKAGE}`,
  fedora: `sudo dnf install -y ${APT_PACKAGE}`,
  arch: "sudo pacman -S --noconfirm vulkan-swrast",
  alpine: "sudo apk add mesa-vulkan-swrast",
};

/** Whether a WebGPU adapter answers, after installing a driver if need be. Says what it did, or what is to be done. */
export async function ensureAdapter(host: Host): Promise<boolean> {
  const adapter = await host.probe();
  if (adapter !== undefined) {
    host.say(`WebGPU adapter: ${adapter}`);
    return true;
  }

  const systems = systemNames(await host.osRelease());
  const byHand = systems.map((name) => INSTALL_BY_HAND[name]).find((command) => command !== undefined) ??
    INSTALL_BY_HAND.debian;
  const debian = systems.includes("debian") || systems.includes("ubuntu");
  const prefix = debian ? await host.rootPrefix() : undefined;
  if (prefix === undefined) {
    host.say(`No WebGPU adapter answers; install a Vulkan driver: ${byHand}`);
    return false;
  }

  host.say(`No WebGPU adapter answers; installing ${APT_PACKAGE} with apt-get`);
  // An index that fails to refresh may still hold the package: the installation's own result decides.
  await host.execute([...prefix, "apt-get", "update"]);
  if (!await host.execute([...prefix, "apt-get", "install", "-y", APT_PACKAGE])) {
    host.say(`Installing ${APT_PACKAGE} failed; install it by hand: ${byHand}`);
    return false;
  }
  const installed = await host.probe();
  if (installed === undefined) {
    host.say(
      `${APT_PACKAGE} is installed but no WebGPU adapter answers; see what is wrong: vulkaninfo --summary`,
    );
    return false;
  }
  host.say(`WebGPU adapter: ${installed}`);
  return true;
}

/** The system's name and those it is like, from the text of os-release: `["linuxmint", "ubuntu", "debian"]`. */
export function systemNames(osRelease: string): string[] {
  const field = (name: string) =>
    osRelease.match(new RegExp(`^${name}=["']?([^"'\n]*)["']?$`, "m"))?.[1] ?? "";
  return `${field("ID")} ${field("ID_LIKE")}`.toLowerCase().split(/\s+/).filter((name) => name !== "");
}

/** What subprocesses want of their environment, where the user has not set it. */
const DEFAULTS = {
  /** Mesa complains on stderr where this is not set. */
  XDG_RUNTIME_DIR: "/tmp",
  /** Not OpenGL, whose software implementation is many times slower than Vulkan's and would pass for an adapter. */
  DENO_WEBGPU_BACKEND: "vulkan,metal,dx12",
};

/** The variables to add to an environment: the defaults of those that are unset or empty. */
export function missingVariables(get: (name: string) => string | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => !get(name)));
}

const PROBE = `const adapter = await navigator.gpu?.requestAdapter();
if (!adapter) Deno.exit(3);
const { description, device, vendor } = adapter.info;
console.log(description || device || vendor || "unnamed adapter");`;

/** This machine. */
export function thisMachine(env: Record<string, string>): Host {
  return {
    async probe() {
      const { code, stdout } = await new Deno.Command("deno", {
        args: ["eval", "--unstable-webgpu", PROBE],
        env,
        stderr: "null",
      }).output();
      return code === 0 ? new TextDecoder().decode(stdout).trim() : undefined;
    },
    osRelease: () => Deno.readTextFile("/etc/os-release").catch(() => ""),
    async rootPrefix() {
      if (Deno.build.os !== "windows" && Deno.uid() === 0) return [];
      const sudo = await run(["sudo", "-n", "true"], { stdout: "null", stderr: "null" });
      return sudo === 0 ? ["sudo", "-n"] : undefined;
    },
    // Nothing apt-get prints may end up in the command's stdout, nor may it wait for an answer.
    execute: async (command) => await run(command, { stdin: "null", stdout: "null" }) === 0,
    say: (line) => console.error(line),
  };
}

/** The exit code of a command; 127, as in a shell, where there is no such program. */
async function run([program, ...args]: readonly string[], options: Deno.CommandOptions): Promise<number> {
  try {
    const child = new Deno.Command(program, {
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      ...options,
      args,
    })
      .spawn();
    return (await child.status).code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 127;
    throw error;
  }
}

if (import.meta.main) {
  const env = missingVariables((name) => Deno.env.get(name));
  if (!await ensureAdapter(thisMachine({ ...env, DEBIAN_FRONTEND: "noninteractive" }))) Deno.exit(1);
  if (Deno.args.length > 0) Deno.exit(await run(Deno.args, { env }));
}
