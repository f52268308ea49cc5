import { FileSet, watchWrites } from "@graphon-limit/data";
import { WorkerInterruption } from "../../../packages/cli/supervision/worker_interruption.ts";

// Commands that do what a signal could not wish for: they compute without looking up, while there are files in the making. The first word
// is which, the second the folder.

const [kind, folder] = Deno.args;
const interruption = new WorkerInterruption();

/** Says that it has begun, and looks up no more. */
function computeForever(): never {
  console.error("begun");
  while (true);
}

const commands: Record<string, () => Promise<number> | number> = {
  /** Two files begun, two folders made. */
  stuck() {
    Deno.mkdirSync(`${folder}/made/deep`, { recursive: true });
    interruption.madeFolders([`${folder}/made/deep`, `${folder}/made`]);
    const files = new FileSet();
    files.write(`${folder}/target`, "new");
    files.begin(`${folder}/other`);
    return computeForever();
  },
  explained() {
    interruption.explain("interrupted; see below");
    return computeForever();
  },
  /** Would save, if it came to it. */
  saving() {
    interruption.saving("have patience");
    new FileSet().begin(`${folder}/target`);
    return computeForever();
  },
  /** Would finish what is at hand, if that ended. */
  atHand() {
    interruption.finishing(2, "have patience");
    return computeForever();
  },
  /** Saves when it hears of the signal, which takes longer than the others are given. */
  async saves() {
    using _saving = interruption.saving("have patience");
    console.error("begun");
    while (!interruption.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 700));
    Deno.writeTextFileSync(`${folder}/target`, "saved");
    console.error(interruption.signal.reason.message);
    return interruption.signal.reason.exitCode;
  },
  /** Puts two files in their places, and takes its time between them. */
  placing() {
    interruption.placing(() => {
      Deno.writeTextFileSync(`${folder}/target`, "new");
      console.error("begun");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
      Deno.writeTextFileSync(`${folder}/other`, "new");
    });
    return computeForever();
  },
  /** Hears nothing while it computes, but looks. */
  async polls() {
    console.error("begun");
    while (!interruption.signal.aborted) interruption.poll();
    const { message, exitCode } = interruption.signal.reason;
    console.error(`heard: ${message}`);
    return await Promise.resolve(exitCode);
  },
  /** Waits for what never comes. */
  waits: () => new Promise<number>(() => {}),
  /** Ends its thread, as a module of the user's may. */
  leaves: () => Deno.exit(5),
  breaks() {
    throw new TypeError("odd\nthing");
  },
  done: () => 7,
};

watchWrites(interruption);
void Promise.resolve(commands[kind]()).then((code) => interruption.exit(code));
