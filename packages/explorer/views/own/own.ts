import { methodNamed } from "@graphon-limit/pruners";
import { formatBytes, OutOfDeviceMemoryError } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import {
  fingerprintOf,
  give,
  lookAtFiles,
  type OpenNetwork,
  openNetwork,
  takeFiles,
  type Taken,
} from "./files.ts";
import type { FileFacts, OwnParams } from "./requests.ts";

/** What was dropped, open. */
export interface Own extends Disposable {
  readonly facts: readonly FileFacts[];
  readonly taken: Taken;
  /** The layers in the files; undefined where there are none. */
  readonly network: OpenNetwork | undefined;
}

export async function factsOf(lab: Lab, { files, roles }: OwnParams): Promise<FileFacts[]> {
  give(files);
  const facts = await lab.known(`own files ${fingerprintOf(files)}`, () => lookAtFiles(files));
  return facts.map((each) => ({ ...each, role: roles[each.path] ?? each.role }));
}

export function openOwn(facts: readonly FileFacts[], params: OwnParams): Own {
  const taken = takeFiles(facts), { masks, weights } = taken;
  const chain = masks === undefined && methodNamed(params.method).reads === "samples" ? true : "wanted";
  const network = (masks ?? weights) === undefined ? undefined : openNetwork(taken, params, chain);
  return { facts, taken, network, [Symbol.dispose]: () => network?.[Symbol.dispose]() };
}

/** The widths of a network that is drawn, inputs first. */
export function widthsOf(inputs: number, hidden: number, width: number, classes: number): number[] {
  return [inputs, ...new Array<number>(hidden).fill(width), classes];
}

/** Throws where so many weights do not fit. @throws {OutOfDeviceMemoryError} */
export function assertFits({ memoryBytes }: Lab, weights: number, bytesEach: number): void {
  const needed = weights * bytesEach;
  if (needed <= memoryBytes) return;
  throw new OutOfDeviceMemoryError(
    `Expected layers that fit but found ${weights} weights, which need ${formatBytes(needed)} of the ${
      formatBytes(memoryBytes)
    } there are; leave layers out by naming the others in their order`,
  );
}
