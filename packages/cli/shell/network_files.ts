import { type NetworkInFiles, openTensors, readNetwork, type TensorReader } from "@graphon-limit/data";
import { type LayoutFlags, NONZERO } from "./network_flags.ts";
import type { Session } from "./session.ts";

/** Files of weights, of masks, or both, that are open. */
export interface OpenFiles extends Disposable {
  readonly weights?: TensorReader;
  readonly masks?: TensorReader | typeof NONZERO;
}

/** Opens the files that flags name; one that is named twice is opened once. */
export function openFiles(
  { weights, masks }: { readonly weights?: string | undefined; readonly masks?: string | undefined },
): OpenFiles {
  using opened = new DisposableStack();
  const first = weights === undefined ? undefined : opened.use(openTensors(weights));
  const second = masks === undefined || masks === NONZERO
    ? masks
    : masks === weights
    ? first
    : opened.use(openTensors(masks));
  const kept = opened.move();
  return {
    ...(first ? { weights: first } : {}),
    ...(second ? { masks: second } : {}),
    [Symbol.dispose]: () => kept.dispose(),
  };
}

/**
 * The layers of open files, with what there is to say of them said.
 *
 * @param chain whether signals are to run through them; `wanted` where they may, and need not
 */
export function layersOf(
  session: Session,
  files: OpenFiles,
  { order, transpose }: LayoutFlags,
  chain: boolean | "wanted",
): NetworkInFiles {
  const found = readNetwork(files, { order, transpose, chain });
  for (const line of found.notices) session.notice(line);
  return found;
}
