/**
 * Makes sure that there is a Chromium to test pages in, installing Debian's where that can be done without asking, and
 * prints the program's path. Exits 1 where there is none.
 *
 * @module
 */
import { type Host, missingVariables, systemNames, thisMachine } from "./ensure_adapter.ts";

/** What the decision depends on: the machine, or a made-up one in tests. */
export type BrowserHost = Omit<Host, "probe">;

/** Programs that are Chromium, by the names that systems give it. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const APT_PACKAGE = "chromium";

/** The name of a Chromium that runs, after installing one if need be; undefined where that cannot be. */
export async function ensureChromium(host: BrowserHost): Promise<string | undefined> {
  const there = await findChromium(host);
  if (there !== undefined) return there;
  // Ubuntu's package of that name asks for snap, which runs in few containers.
  const debian = systemNames(await host.osRelease())[0] === "debian";
  const prefix = debian ? await host.rootPrefix() : undefined;
  if (prefix === undefined) {
    host.say(`No Chromium is installed; Debian: sudo apt-get install -y ${APT_PACKAGE}`);
    return undefined;
  }
  host.say(`No Chromium is installed; installing ${APT_PACKAGE} with apt-get`);
  // An index that fails to refresh may still hold the package: the installation's own result decides.
  await host.execute([...prefix, "apt-get", "update"]);
  await host.execute([...prefix, "apt-get", "install", "-y", "--no-install-recommends", APT_PACKAGE]);
  const installed = await findChromium(host);
  if (installed === undefined) host.say(`Installing ${APT_PACKAGE} failed`);
  return installed;
}

async function findChromium(host: BrowserHost): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    if (await host.execute([program, "--version"])) return program;
  }
  return undefined;
}

if (import.meta.main) {
  const env = missingVariables((name) => Deno.env.get(name));
  const program = await ensureChromium(thisMachine({ ...env, DEBIAN_FRONTEND: "noninteractive" }));
  if (program === undefined) Deno.exit(1);
  const { stdout } = await new Deno.Command("which", { args: [program] }).output();
  console.log(new TextDecoder().decode(stdout).trim());
}
