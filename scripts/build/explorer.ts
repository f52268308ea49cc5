import { join, resolve } from "node:path";
import * as esbuild from "esbuild";
import { foldersOf, SHARED } from "./bundles.ts";
import { OPTIONAL } from "./project.ts";
import { removeIfThere } from "./stage.ts";

/** The explorer's modules that the browser is told of; what they share, and what they load lazily, goes into files beside them. */
const ENTRIES = {
  main: "page/main.ts",
  worker: "worker/worker.ts",
  figures: "figures/worker.ts",
} as const;

/** Files that go to the page as they are. */
const PAGE = ["index.html", "style.css"] as const;

/**
 * Bundles the explorer from the sources of a stage into a folder of static files, which is replaced; their addresses of each
 * other are relative.
 *
 * @returns folders of the npm packages that went into it
 */
export async function bundleExplorer(stage: string, target: string): Promise<string[]> {
  const room = join(stage, "packages/explorer");
  await removeIfThere(target);
  await Deno.mkdir(target, { recursive: true });
  const { metafile } = await esbuild.build({
    ...SHARED,
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, join(room, path)])),
    outdir: resolve(target),
    platform: "browser",
    splitting: true,
    chunkNames: "[name]-[hash]",
    minify: true,
    sourcemap: false,
    legalComments: "none",
    // What makes PNG files outside a browser; the page has a canvas.
    external: OPTIONAL.flatMap((name) => [name, `${name}/*`]),
    plugins: [roomsFromSources(stage)],
    absWorkingDir: stage,
  });
  for (const file of PAGE) await Deno.copyFile(join("packages/explorer/page", file), join(target, file));
  return foldersOf(metafile!.inputs, stage);
}

/** Finds the project's packages by their sources, of which only what is used goes into the bundle. */
function roomsFromSources(stage: string): esbuild.Plugin {
  return {
    name: "rooms-from-sources",
    setup({ onResolve }) {
      onResolve({ filter: /^@graphon-limit\// }, async ({ path }) => {
        const [, room, entry = "."] = /^@graphon-limit\/([^/]+)(\/.+)?$/.exec(path)!;
        const { exports } = JSON.parse(await Deno.readTextFile(`packages/${room}/deno.json`)) as {
          exports: string | Record<string, string>;
        };
        const file = typeof exports === "string" ? exports : exports[entry === "." ? "." : `.${entry}`];
        return { path: join(stage, "packages", room, file) };
      });
    },
  };
}
