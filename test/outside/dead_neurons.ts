// A study of one's own: how many neurons each method cuts off, by sparsity, over tasks that are done once and found again.
import { maskHistogram, type NetworkParams, registerKind, runTasks } from "@graphon-limit/study";
import type { Lab, RunTasksOptions } from "@graphon-limit/study";

/** The share of a network's hidden neurons that keep no weight from below, or none to above. */
export const deadNeurons = registerKind<NetworkParams, { readonly share: number }>({
  name: "dead-neurons",
  version: 1,
  describe: ({ method, sparsity, trial }) => `dead neurons of ${method} at ${sparsity}, trial ${trial}`,
  async compute(lab, network) {
    // Another kind's task, with its own place in the store.
    const { layers } = await lab.get(maskHistogram.task({ ...network, grid: 1 }));
    const shares = layers.slice(1).flatMap((
      { deadInputs },
      below,
    ) => [deadInputs, layers[below].deadOutputs]);
    return { share: shares.reduce((sum, share) => sum + share, 0) / shares.length };
  },
});

/** What is asked: some methods at some sparsities, each so many times. */
export interface Question {
  readonly network: Omit<NetworkParams, "method" | "sparsity" | "trial">;
  readonly methods: readonly string[];
  readonly sparsities: readonly number[];
  readonly trials: number;
}

/** Mean shares, [method][sparsity]. */
export async function study(lab: Lab, question: Question, options?: RunTasksOptions): Promise<number[][]> {
  const { network, methods, sparsities, trials } = question;
  const tasks = methods.map((method) =>
    sparsities.map((sparsity) =>
      Array.from({ length: trials }, (_, trial) => deadNeurons.task({ ...network, method, sparsity, trial }))
    )
  );
  await runTasks(lab, tasks.flat(2), options);
  return await Promise.all(tasks.map((row) =>
    Promise.all(row.map(async (cell) => {
      const results = await Promise.all(cell.map((task) => lab.get(task)));
      return results.reduce((sum, { share }) => sum + share, 0) / trials;
    }))
  ));
}
