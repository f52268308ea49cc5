import { findPruner, type Pruner, PRUNERS } from "@graphon-limit/pruners";
import { GraphonLimitError, InvalidArgumentError, show } from "@graphon-limit/runtime";
import { moduleAddress } from "./module_address.ts";
import { UsageError } from "./usage.ts";

/** A parser for a method: a pruner's name, or the path or address of a module. */
export function methodName(text: string): string {
  if (Object.hasOwn(PRUNERS, text) || /\.(ts|js|mjs)$/.test(text)) return text;
  throw new UsageError(
    `Expected a method of ${Object.keys(PRUNERS).join(", ")} or a module such as ./my_pruner.ts but found ${
      show(text)
    }`,
  );
}

/** The pruner of that name. What one of the user's own throws is said to be the module's fault, in one line. */
export async function openPruner(method: string): Promise<Pruner> {
  const pruner = await findPruner(method, moduleAddress);
  if (Object.hasOwn(PRUNERS, method)) return pruner;
  return {
    ...pruner,
    async score(context) {
      try {
        return await pruner.score(context);
      } catch (error) {
        if (error instanceof GraphonLimitError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new InvalidArgumentError(`The pruner ${show(method)} failed: ${reason}`);
      }
    },
  };
}
