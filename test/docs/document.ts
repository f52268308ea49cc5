import { type Block, blocksOf } from "./markdown.ts";
import { commandsOf } from "./shell.ts";

/** What a reader of a document does, in order. */
export type Step =
  | { readonly kind: "file"; readonly path: string; readonly text: string; readonly where: string }
  | {
    readonly kind: "cli" | "deno" | "python";
    readonly args: readonly string[];
    /** What the document shows of the output. */
    readonly shown?: string | undefined;
    readonly where: string;
  };

export interface Steps {
  readonly steps: readonly Step[];
  /** Reasons of the blocks that are not run. */
  readonly notRun: readonly string[];
}

/**
 * The steps of a document: a block after `<!-- file: path -->` is a file to write, a `sh` block holds commands, and a `text`
 * block right after one shows what the last of them prints. `<!-- not run: reason -->` excuses a `sh` block.
 *
 * @throws {Error} for a command that is none of those a test can run
 */
export function stepsOf(path: string, markdown: string): Steps {
  const steps: Step[] = [], notRun: string[] = [];
  let shownOf: Step | undefined;
  for (const block of blocksOf(markdown)) {
    const where = `${path}:${block.line}`;
    const before = shownOf;
    shownOf = undefined;
    const file = block.comment?.match(/^file: (\S+)$/)?.[1];
    const reason = block.comment?.match(/^not run: (.+)$/)?.[1];
    if (file !== undefined) steps.push({ kind: "file", path: file, text: block.text, where });
    else if (block.language === "sh") {
      if (reason !== undefined) notRun.push(reason);
      else steps.push(...commandSteps(block, where));
      if (reason === undefined) shownOf = steps.at(-1);
    } else if (block.language === "text" && block.adjacent && before && before.kind !== "file") {
      steps[steps.length - 1] = { ...before, shown: block.text };
    }
  }
  return { steps, notRun };
}

function commandSteps({ text }: Block, where: string): Step[] {
  return commandsOf(text).map((words) => {
    const [program, ...args] = words;
    if (program === "deno" && args[0] === "task" && args[1] === "cli") {
      return { kind: "cli", args: args.slice(2), where };
    }
    if (program === "deno" && args[0] === "run") return { kind: "deno", args, where };
    if (program === "python3") return { kind: "python", args, where };
    throw new Error(`${where}: no test knows how to run ${words.join(" ")}`);
  });
}
