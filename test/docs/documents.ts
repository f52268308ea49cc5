/** The documents for a user, by their paths from the repository's root. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  ...[...Deno.readDirSync("docs")].map(({ name }) => name).filter((name) => name.endsWith(".md")).sort()
    .map((name) => `docs/${name}`),
];
