// A method of one's own that scores: a weight's share of its neuron's input, so that no neuron is cut off before others.
import { definePruner } from "@graphon-limit/pruners";

export default definePruner({
  name: "row-share",
  label: "Row share",
  async score({ device, network }) {
    return await Promise.all(network.weights.map(async ({ matrix, rows, cols }) => {
      const weights = await device.read(matrix);
      for (let i = 0; i < rows; i++) {
        const row = weights.subarray(i * cols, (i + 1) * cols);
        const norm = Math.hypot(...row) || 1;
        row.forEach((weight, j) => row[j] = Math.abs(weight) / norm);
      }
      return weights;
    }));
  },
});
