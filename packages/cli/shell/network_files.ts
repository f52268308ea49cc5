import { type NetworkInFiles, openTensors, readNetwork, type TensorReader } from "@graphon-limit/data";
import { FormatError } from "@graphon-limit/runtime";
import { type LayoutFlags, NONZERO } from "./network_flags.ts";
import type { Session } from "./session.ts";

/** Files of weights, of masks, or both, that are open. */
export interface OpenFiles extends Disposable {
  readonly weights?: TensorReader;
  readonly masks?: TensorReader | typeof NONZERO;
}

/**
 * Opens the files that flags name; one that is named twice is opened once.
 *
 * @throws {FormatError} where a file holds graphons, which have the shapes of layers, and no order says that they are meant
 */
export function openFiles(
  { weights, masks, order }: {
    readonly weights?: string | undefined;
    readonly masks?: string | undefined;
    readonly order?: readonly string[] | undefined;
  },
): OpenFiles {
  using opened = new DisposableStack();
  const first = weights === undefined ? undefined : opened.use(openTensors(weights));
  const second = masks === undefined || masks === NONZERO
    ? masks
    : masks === weights
    ? first
    : opened.use(openTensors(masks));
  if (order === undefined) assertNoGraphons({ weights: first, masks: second });
  const kept = opened.move();
  return {
    ...(first ? { weights: first } : {}),
    ...(second ? { masks: second } : {}),
    [Symbol.dispose]: () => kept.dispose(),
  };
}

/**
 * The layers of open files, with what there is to say of them said.
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

function assertNoGraphons(
  { weights, masks }: { weights: TensorReader | undefined; masks: OpenFiles["masks"] | undefined },
): void {
  for (const [what, file] of Object.entries({ weights, masks })) {
    if (file === undefined || file === NONZERO) continue;
    const graphon = file.tensors.find(({ name }) => /^graphon\.\d+$/.test(name));
    if (graphon) {
      throw new FormatError(`${file.source}: expected ${what} but found graphons, ${graphon.name}`);
    }
  }
}
