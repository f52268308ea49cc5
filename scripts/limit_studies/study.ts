import { loadDataset } from "@graphon-limit/data";
import { openDevice } from "@graphon-limit/runtime";
import {
  type DataRef,
  dataRef,
  FolderStore,
  type Json,
  type Lab,
  Laboratory,
  type Params,
  type RegisteredKind,
  runTasks,
} from "@graphon-limit/study";

/** The constants of the studies: networks' hidden layers, those between them that are looked at, cells an axis, and samples. */
export const HIDDEN = 3, LAYERS = [1, 2], GRID = 64, SAMPLES_PER_CLASS = 10;

/** What the studies' flags say in common, for `parseArgs`. */
export const STUDY_FLAGS = {
  "data-dir": { type: "string" },
  // Writes what is done, and computes nothing.
  done: { type: "boolean", default: false },
} as const;

/** Numbers of a flag such as `250,500`. */
export function numbersOf(text: string): number[] {
  return text.split(",").map(Number);
}

/** Runs something in a laboratory with MNIST on the CPU device, whose finished tasks are found again in a folder. */
export async function inLaboratory<T>(
  flags: { readonly tasks: string; readonly "data-dir"?: string | undefined },
  use: (lab: Lab) => Promise<T>,
): Promise<T> {
  using device = await openDevice({ kind: "cpu" });
  const dataset = await loadDataset("mnist", { dataDir: flags["data-dir"] });
  using lab = new Laboratory({
    device,
    store: new FolderStore(flags.tasks, (fault) => console.error(fault)),
    data: { ref: await dataRef(dataset), dataset },
  });
  return await use(lab);
}

/** What is found of a study, after what is missing was computed unless only what is done is asked for. */
export async function findings<P extends Params, R extends Json>(
  kind: RegisteredKind<P, R>,
  paramsOf: (data: DataRef) => readonly P[],
  flags: { readonly tasks: string; readonly done: boolean; readonly "data-dir"?: string | undefined },
): Promise<[P, R][]> {
  return await inLaboratory(flags, async (lab) => {
    const asked = paramsOf(lab.data), found: [P, R][] = [];
    if (!flags.done) {
      await runTasks(lab, asked.map(kind.task), {
        onTask: (done, what) => console.error(`${done} ${what}`),
      });
    }
    for (const params of asked) {
      const record = await lab.store.find(kind.task(params));
      if (record) found.push([params, record.result as R]);
    }
    return found;
  });
}

/** A table in Markdown, its titles first. */
export function table(lines: readonly (readonly (string | number)[])[]): string {
  const [header, ...rest] = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [header, header.replaceAll(/[^|]+/g, "---"), ...rest].join("\n") + "\n";
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function standardError(values: readonly number[]): number {
  const mean = meanOf(values), squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
