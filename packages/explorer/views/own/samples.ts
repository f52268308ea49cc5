import { balancedBatch, type Batch, digitBatch, loadDataset, readBatch } from "@graphon-limit/data";
import { InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import { SAMPLES_PER_CLASS } from "../../worker/pruned_network.ts";
import { assertImagesFit, datasetNamed, fingerprintOf, type Taken } from "./files.ts";
import type { FileFacts, OwnParams } from "./requests.ts";

/** Samples that methods score on. */
export interface Samples {
  readonly batch: Batch;
  readonly classes: number;
  readonly notices: readonly string[];
}

/** The samples that were dropped, those of a data set balanced as `prune --dataset` draws them; digits where there are none. */
export function samplesOf(
  lab: Lab,
  { samples, images }: Taken,
  facts: readonly FileFacts[],
  params: OwnParams,
): Promise<Samples> {
  const { dataset, seed, files } = params;
  const key = JSON.stringify(["own samples", fingerprintOf(files), samples, images, dataset, seed]);
  return lab.known(key, async () => {
    if (samples !== undefined && images) {
      throw new InvalidArgumentError(
        `Expected ${samples} or images to score on but found both; leave one out`,
      );
    }
    if (samples !== undefined) {
      const { notices, ...batch } = readBatch(samples);
      return { batch, notices, classes: batch.y.reduce((most, label) => Math.max(most, label + 1), 0) };
    }
    if (images) return await drawImages(params, facts);
    const { x, y } = digitBatch(SAMPLES_PER_CLASS, seedFrom(seed), { seed });
    const batch = { x, y, count: y.length, dimension: x.length / y.length };
    const notice =
      `no samples were dropped: scored on ${SAMPLES_PER_CLASS} of each class of the digits that the project draws`;
    return { batch, classes: 10, notices: [notice] };
  });
}

async function drawImages({ dataset, seed }: OwnParams, facts: readonly FileFacts[]): Promise<Samples> {
  assertImagesFit(facts);
  const notices: string[] = [], onNotice = (line: string) => void notices.push(line);
  const images = await loadDataset(datasetNamed(dataset), { dataDir: ".", onNotice });
  const batch = balancedBatch(images, SAMPLES_PER_CLASS, seed);
  notices.push(
    `${SAMPLES_PER_CLASS} of each class of ${images.name} are scored on, ${batch.count} of ${images.count} images`,
  );
  return { batch, classes: images.classes, notices };
}
