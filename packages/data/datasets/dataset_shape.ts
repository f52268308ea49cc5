import { checkDatasetName } from "./catalogue.ts";
import type { Dataset } from "./dataset.ts";
import { IMAGE_SETS } from "./image_sets.ts";

/**
 * What images of a data set are like, without reading any: `[channels, rows, columns]`, and how many classes there are at the least.
 *
 * @throws InvalidArgumentError for an unknown name
 */
export function datasetShape(name: string): Pick<Dataset, "image" | "classes"> {
  const known = checkDatasetName(name);
  if (known === "cifar10") return { image: [3, 32, 32], classes: 10 };
  return { image: [1, 28, 28], classes: known === "digits" ? 10 : IMAGE_SETS[known].classes };
}
