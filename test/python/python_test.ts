import assert from "node:assert/strict";
import { join, resolve } from "node:path";

// The Python package, by tests of its own in Python: against PyTorch, in a notebook, and installed from the checkout. Where
// there is no PyTorch there is nothing to compare with; .ci/run says what of it was not tested.
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

async function run(args: readonly string[], { cwd = ".", path = "" } = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(python!, {
    args: [...args],
    cwd,
    env: {
      ...{
        PYTHONPATH: path,
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONWARNINGS: "default",
        GRAPHON_LIMIT_COMMAND: "",
      },
      ...{ PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INDEX: "1", PIP_NO_CACHE_DIR: "1" },
    },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [out, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, `${args.join(" ")}\n${out}${said}`);
  return out;
}

async function has(...modules: string[]): Promise<boolean> {
  if (!python) return false;
  const { success } = await new Deno.Command(python, { args: ["-c", `import ${modules.join()}`] }).output();
  return success;
}

if (python) {
  Deno.test("Python: losses, kernels and masks are PyTorch's; errors are exceptions", async () => {
    await run(["test/python/test_package.py"], { path: resolve("python") });
  });
}

if (await has("nbclient", "ipykernel")) {
  Deno.test("Python: one cell of a notebook does the job, and its results show themselves", async () => {
    await run(["test/python/test_notebook.py"], { path: resolve("python") });
  });
}

if (await has("pip")) {
  Deno.test("Python: pip installs it from the checkout, whose command it then starts", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [installed, elsewhere] = [join(folder, "installed"), join(folder, "elsewhere")];
      await Deno.mkdir(elsewhere);
      await run(["-m", "pip", "install", "-q", "--no-deps", "--target", installed, "./python"]);
      const program = `
import graphon_limit as gl, numpy
from importlib.metadata import version
masks = {"0.weight": numpy.eye(4), "2.weight": numpy.eye(4)}
print(gl.__file__, version("graphon-limit"), len(gl.graphon(masks, grid=2, quiet=True)))`;
      const [file, version, count] = (await run(["-c", program], { cwd: elsewhere, path: installed })).trim()
        .split(" ");
      assert.deepEqual([file, version, count], [join(installed, "graphon_limit/__init__.py"), "0.1.0", "2"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
