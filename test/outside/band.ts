// A method of one's own that builds its masks: a band around the diagonal, the entries nearest to it.
import { definePruner, shareOut } from "@graphon-limit/pruners";
import { packBits } from "@graphon-limit/runtime";

export default definePruner({
  name: "band",
  label: "Band",
  reads: "nothing",
  construct({ device, network: { weights }, keep, quota }) {
    const sizes = weights.map(({ count }) => count), counts = quota ?? shareOut(keep, sizes, sizes);
    return weights.map(({ rows, cols }, layer) => {
      const distance = (at: number) =>
        Math.abs((Math.floor(at / cols) + 0.5) / rows - (at % cols + 0.5) / cols);
      const nearest = Array.from({ length: rows * cols }, (_, at) => at)
        .sort((a, b) => distance(a) - distance(b) || a - b);
      const bytes = new Uint8Array(rows * cols);
      for (const at of nearest.slice(0, counts[layer])) bytes[at] = 1;
      return device.uploadBits(packBits(bytes, rows, cols), rows, cols);
    });
  },
});
