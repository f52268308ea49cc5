import type { PaperGap } from "./paper_gap.ts";
import { lossGap } from "./paper_gaps.ts";
import { initialiserTitle } from "./spectrum_choices.ts";
import {
  type Curves,
  distinct,
  finalLosses,
  lastFreshLosses,
  publishedKey,
  repeats,
} from "./training_curves.ts";
import { publishedFinalLoss, stepsShown } from "./training_tables.ts";

/** How far losses on new images at every tenth step are from the paper's, by initialiser. */
export function curveGaps(
  id: string,
  curves: Curves,
  published: Readonly<Record<string, readonly number[] | undefined>>,
): PaperGap[] {
  return distinct(curves.contenders, ({ initialiser }) => initialiser).map((initialiser) =>
    lossGap(
      id,
      initialiserTitle(initialiser),
      curves.contenders.filter((one) => one.initialiser === initialiser).flatMap((contender) =>
        stepsShown(curves).flatMap((step, i): [number[], number][] => {
          const paper = published[publishedKey(contender)]?.[i];
          return paper === undefined || step >= curves.freshSteps
            ? []
            : [[curves.of(contender).map((losses) => losses[step]), paper]];
        })
      ),
    )
  );
}

/** How far R4's losses at the end, and on the last new images, are from the paper's, by initialiser. */
export function finalGaps(curves: Curves): PaperGap[] {
  const ends = [
    { id: "R4", losses: finalLosses },
    ...(repeats(curves) ? [{ id: "R4, on new images", losses: lastFreshLosses }] : []),
  ];
  return ends.flatMap(({ id, losses }) =>
    distinct(curves.contenders, ({ initialiser }) => initialiser).map((initialiser) =>
      lossGap(
        id,
        initialiserTitle(initialiser),
        curves.contenders.filter((one) => one.initialiser === initialiser).flatMap(
          (contender): [number[], number][] => {
            const paper = publishedFinalLoss(contender);
            return paper === undefined ? [] : [[losses(curves, contender), paper[0]]];
          },
        ),
      )
    )
  );
}
