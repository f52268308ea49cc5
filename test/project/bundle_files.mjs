/** Writes and reads files by the bundles in Node: safetensors, a figure, and paths that cannot be. Prints JSON. */
import { SafetensorsFile, serialiseSafetensors, writeFileAtomically } from "@graphon-limit/data";
import { heatMap, saveFigure } from "@graphon-limit/figures";
import { readdirSync, readFileSync } from "node:fs";

const errorOf = (action) => {
  try {
    return action();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
writeFileAtomically(
  "made/a.safetensors",
  serialiseSafetensors([{ name: "a", shape: [2], data: Float32Array.of(1, 2) }]),
);
const file = SafetensorsFile.open("made/a.safetensors");
await saveFigure("made/a.png", heatMap({ values: [0, 1, 1, 0], size: 2 }), writeFileAtomically);
console.log(JSON.stringify({
  values: [...file.readFloat32("a")],
  absent: errorOf(() => SafetensorsFile.open("made/b")),
  folder: errorOf(() => SafetensorsFile.open("made")),
  belowFile: errorOf(() => writeFileAtomically("made/a.png/b", "x")),
  figure: readFileSync("made/a.png").toString("latin1", 1, 4),
  left: readdirSync("made"),
}));
