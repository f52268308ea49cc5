import type { Json } from "./json.ts";
import { type Made, recordOf, type Store, type TaskRecord } from "./store.ts";
import { type Task, taskKey } from "./task.ts";

/** Finished tasks in memory, for as long as the program runs. */
export class MemoryStore implements Store {
  readonly #records = new Map<string, TaskRecord>();

  find<R extends Json>(task: Task<R>): Promise<TaskRecord<R> | undefined> {
    return Promise.resolve(this.#records.get(taskKey(task)) as TaskRecord<R> | undefined);
  }

  async add<R extends Json>(task: Task<R>, result: R, made: Made): Promise<TaskRecord<R>> {
    const record = await recordOf(task, result, made);
    this.#records.set(taskKey(task), record);
    return record;
  }
}
