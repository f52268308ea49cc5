import { join } from "node:path";
import type { Dataset } from "@graphon-limit/data";
import type { Method } from "@graphon-limit/pruners";
import {
  dataRef,
  FolderStore,
  type Lab,
  type LabOptions,
  Laboratory,
  showMethod,
} from "@graphon-limit/study";
import type { Session } from "./session.ts";

/** Where a study's finished tasks are kept, in the folder of its results. */
const TASKS = "tasks";

/**
 * A laboratory whose finished tasks are kept in a folder, so that a study that is stopped goes on where it was and one that asks
 * for more computes what is missing; the caller's to dispose of.
 *
 * @param methods the user's own
 */
export async function openLab(
  session: Session,
  folder: string,
  dataset: Dataset,
  { methods = [], storage }: { methods?: readonly Method[] } & Pick<LabOptions, "storage"> = {},
): Promise<Lab> {
  for (const method of methods) showMethod(method);
  session.interruption.explain("interrupted; what is done is kept, and the same command goes on from there");
  return new Laboratory({
    ...{ device: session.device, signal: session.signal },
    store: new FolderStore(join(folder, TASKS), session.notice),
    data: { ref: await dataRef(dataset), dataset },
    methods: new Map(methods.map((method) => [method.name, method])),
    ...(storage ? { storage } : {}),
  });
}

/** Watches a study's tasks: says how many are there already, and shows how far the others are. */
export function watchTasks(session: Session): Disposable & {
  readonly onStart: (missing: number, found: number) => void;
  readonly onTask: (done: number, description: string) => void;
  readonly onProgress: (done: number, total: number) => void;
} {
  let progress: ReturnType<Session["progress"]> | undefined;
  return {
    onStart(missing, found) {
      if (found > 0) session.say(`${found} of ${missing + found} tasks are done already`);
      progress = session.progress(missing, "tasks");
    },
    onTask: (done, description) => progress?.update(done, description),
    onProgress: (done) => progress?.update(done),
    [Symbol.dispose]: () => progress?.done(),
  };
}
