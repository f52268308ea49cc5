import { firstRows, loadDataset, SafetensorsWriter } from "@graphon-limit/data";
const n = Number(Deno.args[0]);
const d = await loadDataset(
  "mnist",
  { dataDir: "/work/shared/data/mnist", seed: 0, onNotice: () => {} } as never,
);
const b = firstRows(d, n);
using w = SafetensorsWriter.create(Deno.args[1], [{ name: "x", dtype: "F32", shape: [n, 784] }]);
w.write("x", Float32Array.from(b.x));
w.close();
