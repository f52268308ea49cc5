import assert from "node:assert/strict";

// The command line as a user starts it: a process of its own, with the permissions its task grants.

const { tasks } = JSON.parse(Deno.readTextFileSync("deno.json")) as { tasks: Record<string, string> };

export interface StartOptions {
  readonly task?: "cli" | "demo";
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

export function start(
  args: readonly string[],
  { task = "cli", env, cwd }: StartOptions = {},
): Deno.ChildProcess {
  const words = tasks[task].split(" ").map((word) =>
    /\/(cli|launch)\.ts$/.test(word) ? Deno.realPathSync(word) : word
  );
  return new Deno.Command(words[0], {
    args: [words[1], "-q", `--config=${Deno.realPathSync("deno.json")}`, ...words.slice(2), ...args],
    env: { XDG_RUNTIME_DIR: "/tmp", ...env },
    ...(cwd !== undefined && { cwd }),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What a process left: its exit code, and what it printed by line. */
export interface Finished {
  readonly code: number;
  readonly stdout: string[];
  readonly stderr: string[];
}

/** What a process has printed, by line. */
export async function finish(child: Deno.ChildProcess): Promise<Finished> {
  return await new Watched(child).finish();
}

/** A process whose output is watched as it comes. */
export class Watched {
  stderr = "";
  readonly #stdout: Promise<string>;
  readonly #reading: Promise<void>;
  #over = false;
  #told = Promise.withResolvers<void>();

  constructor(readonly child: Deno.ChildProcess) {
    this.#stdout = new Response(child.stdout).text();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const text of this.child.stderr.pipeThrough(new TextDecoderStream())) {
      this.stderr += text;
      this.#tell();
    }
    this.#over = true;
    this.#tell();
  }

  #tell(): void {
    this.#told.resolve();
    this.#told = Promise.withResolvers<void>();
  }

  /** Waits until what was printed on stderr matches. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stderr)) {
      assert.ok(!this.#over, `it ended without ${pattern}: ${this.stderr}`);
      await this.#told.promise;
    }
  }

  /** Waits until something holds that can be seen from outside. */
  async untilTrue(holds: () => boolean): Promise<void> {
    while (!holds()) {
      assert.ok(!this.#over, `it ended before: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async finish(): Promise<Finished> {
    const [{ code }, stdout] = await Promise.all([this.child.status, this.#stdout, this.#reading]);
    const lines = (text: string) => text.split("\n").filter((line) => line !== "");
    return { code, stdout: lines(stdout), stderr: lines(this.stderr) };
  }
}
