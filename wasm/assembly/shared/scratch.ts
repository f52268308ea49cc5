/** Memory of this thread's own: the runtime hands every instance a piece of the shared memory. */
let own: usize = 0;

/** Tells this instance where its own memory begins; called once, before any kernel. */
export function use_scratch(pointer: usize): void {
  own = pointer;
}

/** Where the thread's own memory begins. */
export function scratch(): usize {
  return own;
}
