import { GraphonLimitError } from "@graphon-limit/runtime";

/** Some tasks of a sweep failed; the others are done. */
export class TasksFailedError extends GraphonLimitError {
  override name = "TasksFailedError";
}
