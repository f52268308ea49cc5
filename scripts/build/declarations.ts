import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import type { Package } from "./project.ts";

/** What Node 20 and browsers of the time have, and what the bundles bring: a call of what is newer does not compile. */
const HOST_LIBRARIES = [
  ...["lib.es2023.d.ts", "lib.es2024.string.d.ts", "lib.dom.d.ts"],
  // `float16` is looked for before it is used.
  ...["lib.esnext.disposable.d.ts", "lib.es2025.float16.d.ts"],
];

/** Libraries that declarations refer to and a consumer's configuration may lack. */
const LIBRARIES: readonly [use: RegExp, name: string][] = [
  [/\bDisposable\b|\bSymbol\.dispose\b/, "esnext.disposable"],
  [/\bFloat16Array\b/, "esnext.float16"],
];

/**
 * Writes the declarations of a package, those its entries reach, into `types/`. The packages it imports must have been
 * built before: it sees them as a consumer does.
 *
 * @returns the modules the declarations import
 * @throws Error with the compiler's messages where the sources do not type-check
 */
export async function emitDeclarations(
  { folder, entries }: Package,
  stage: string,
  target: string,
): Promise<string[]> {
  const source = resolve(stage, "packages", folder);
  const declarations = new Map<string, string>();
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: HOST_LIBRARIES,
    types: ["node"],
    typeRoots: [resolve(stage, "node_modules/@types")],
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    rootDir: source,
    outDir: resolve(target, "types"),
  };
  const ambient = ["assets.d.ts", "node_modules/@webgpu/types/dist/index.d.ts"];
  const roots = [
    ...entries.map((entry) => join(source, `${entry.source}.ts`)),
    ...ambient.map((path) => resolve(stage, path)),
  ];
  const program = ts.createProgram(roots, options);
  const { diagnostics } = program.emit(
    undefined,
    (path, text) => declarations.set(path, text),
    undefined,
    true,
    { afterDeclarations: [importJavaScript] },
  );
  const complaints = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (complaints.length > 0) {
    const format = {
      getCanonicalFileName: (path: string) => path,
      getCurrentDirectory: () => stage,
      getNewLine: () => "\n",
    };
    throw new Error(`Declarations of ${folder}:\n${ts.formatDiagnostics(complaints, format)}`);
  }
  const written = entries.map((entry) => resolve(target, "types", `${entry.source}.d.ts`));
  return await writeReachable(declarations, written, source);
}

/** Writes `./matrix.ts` as `./matrix.js`, which every way of resolving modules finds beside a declaration file. */
const importJavaScript: ts.TransformerFactory<ts.SourceFile | ts.Bundle> = (context) => (root) => {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isStringLiteral(node) && /^\.\.?\/.*\.ts$/.test(node.text) && namesModule(node.parent)) {
      return factory.createStringLiteral(node.text.replace(/\.ts$/, ".js"));
    }
    return ts.visitEachChild(node, visit, context);
  };
  return ts.visitNode(root, visit) as ts.SourceFile | ts.Bundle;
};

function namesModule(parent: ts.Node | undefined): boolean {
  return parent === undefined || ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) ||
    ts.isLiteralTypeNode(parent);
}

async function writeReachable(
  declarations: ReadonlyMap<string, string>,
  entries: readonly string[],
  source: string,
): Promise<string[]> {
  const imported = new Set<string>(), waiting = [...entries], seen = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = declarations.get(path);
    if (text === undefined) throw new Error(`Expected declarations of ${relative(source, path)}`);
    const { importedFiles } = ts.preProcessFile(text, true, true);
    for (const { fileName } of importedFiles) {
      if (!fileName.startsWith(".")) {
        imported.add(fileName);
        continue;
      }
      const next = resolve(dirname(path), fileName.replace(/\.js$/, ".d.ts"));
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, selfContained(text));
  }
  return [...imported];
}

/**
 * A declaration file that compiles with whatever libraries its consumer has chosen. WebGPU's interfaces come from `lib.dom`,
 * from `@webgpu/types` or from nowhere, and the first two exclude each other: each is declared again without members, which
 * merges with the one there is. So are those of the web that Node has, too, but `lib.esnext` has not.
 */
function selfContained(text: string): string {
  const libraries = LIBRARIES.filter(([use]) => use.test(text)).map(([, name]) =>
    `/// <reference lib="${name}" />\n`
  );
  const interfaces = new Set(
    text.replaceAll(/\/\*[\s\S]*?\*\//g, "").match(/\b(?:GPU[A-Z]\w+|AbortSignal|Response)\b/g),
  );
  const globals = [...interfaces].map((name) => `    interface ${name} {}\n`);
  const declared = globals.length > 0 ? `declare global {\n${globals.join("")}}\n` : "";
  return libraries.join("") + text + declared;
}
