import assert from "node:assert/strict";

const { tasks } = JSON.parse(await Deno.readTextFile("deno.json")) as { tasks: Record<string, string> };

/** The values of a permission flag of a task's last command, the one that does the work. */
function granted(task: string, permission: string): string[] {
  const matches = [...tasks[task].matchAll(new RegExp(`--allow-${permission}(?:=(\\S+))?(?= |$)`, "g"))];
  return matches.at(-1)?.[1]?.split(",") ?? [];
}

Deno.test("tasks: none grants every permission, and none that runs a program stops to ask", () => {
  assert.ok(Object.keys(tasks).length > 0);
  for (const name in tasks) {
    assert.doesNotMatch(tasks[name], /(?:^|\s)(?:-A|--allow-all)(?:\s|$)/, name);
    for (
      const [command] of tasks[name].matchAll(
        /(?<!=)deno (?:run|test)\b[^&]*?(?=(?<!=)deno (?:run|test)\b|&&|$)/g,
      )
    ) {
      assert.match(command, /--no-prompt/, `${name}: ${command}`);
    }
  }
});

Deno.test("tasks: the command line's launcher starts it and writes nothing; what it may do is for grants_test", () => {
  for (const task of ["cli", "cli:blas", "cli:dawn"]) {
    assert.deepEqual(["run", "write", "net", "ffi"].map((permission) => granted(task, permission)), [
      ["deno"],
      [],
      [],
      [],
    ]);
  }
  assert.deepEqual(granted("demo", "net"), []);
});

Deno.test("tasks: the demonstration writes into out/ and the bench where results are kept", () => {
  assert.deepEqual(granted("demo", "write"), ["out"]);
  assert.deepEqual(granted("bench", "write"), ["bench/results", "out", "/tmp"]);
});

Deno.test("tasks: the explorer is served on the loopback address alone, from out/", () => {
  assert.deepEqual(granted("explore", "net"), ["127.0.0.1"]);
  assert.deepEqual(granted("explore", "write"), ["out"]);
});
