import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import type { GraphonEstimator } from "./estimator.ts";
import { neighbourhood } from "./neighbourhood.ts";
import { sas } from "./sas.ts";
import { sasTv } from "./sas_tv.ts";
import { sba } from "./sba.ts";
import { usvt } from "./usvt.ts";

/** The estimators that need nothing but masks, by name. */
export const ESTIMATORS: Readonly<Record<string, GraphonEstimator>> = Object.fromEntries(
  [sas, sasTv, sba, usvt, neighbourhood].map((estimator) => [estimator.name, estimator]),
);

/**
 * The estimator of that name.
 *
 * @throws {InvalidArgumentError} if there is none
 */
export function findEstimator(name: string): GraphonEstimator {
  if (Object.hasOwn(ESTIMATORS, name)) return ESTIMATORS[name];
  throw new InvalidArgumentError(
    `Expected an estimator of ${Object.keys(ESTIMATORS).join(", ")} but found ${show(name)}`,
  );
}
