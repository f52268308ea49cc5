// The README's images on dark paper, from those on light paper beside them.
//   deno run --allow-read --allow-write=docs/images scripts/dark_images.ts
import { writeFileAtomically } from "@graphon-limit/data";
import { recolour } from "@graphon-limit/figures";
// Methods are given their colours there.
import "@graphon-limit/study";

const folder = "docs/images";
for (const { name } of Deno.readDirSync(folder)) {
  const light = /^(.*)(?<!-dark)\.svg$/.exec(name)?.[1];
  if (light === undefined) continue;
  const dark = recolour(Deno.readTextFileSync(`${folder}/${name}`), "dark");
  writeFileAtomically(`${folder}/${light}-dark.svg`, dark);
}
