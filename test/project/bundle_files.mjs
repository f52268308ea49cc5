/** Writes and reads files by the bundles in Node: safetensors, a figure, and paths that cannot be. Prints JSON. */
import { SafetensorsFile, serialiseSafetensors, writeFileAtomically } from "@graphon-limit/data";
import { heatMap, saveFigure } from "@graphon-limit/figures";
import { readdirSync, readFileSync } from "node:fs";

const errorOf = async (action) => {
  try {
    return await action();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
writeFileAtomically(
  "made/a.safetensors",
  serialiseSafetensors([{ name: "a", shape: [2], data: Float32Array.of(1, 2) }]),
);
const file = SafetensorsFile.open("made/a.safetensors");
const figure = heatMap({ values: [0, 1, 1, 0], size: 2 });
await saveFigure("made/a.svg", figure, writeFileAtomically);
const drawn = await errorOf(async () => {
  await saveFigure("made/a.png", figure, writeFileAtomically);
  return readFileSync("made/a.png").toString("latin1", 1, 4);
});
console.log(JSON.stringify({
  values: [...file.readFloat32("a")],
  absent: await errorOf(() => SafetensorsFile.open("made/b")),
  folder: await errorOf(() => SafetensorsFile.open("made")),
  belowFile: await errorOf(() => writeFileAtomically("made/a.svg/b", "x")),
  figure: drawn,
  left: readdirSync("made"),
}));
