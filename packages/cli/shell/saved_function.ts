import { openTensors } from "@graphon-limit/data";
import type { Architecture } from "@graphon-limit/model";
import { FormatError } from "@graphon-limit/runtime";
import { architectureIn } from "@graphon-limit/training";
import type { ModelFlags } from "./network_flags.ts";
import type { Session } from "./session.ts";

/** The flags, completed by what a run of training in the file of `--weights` says of the function that its weights were trained for. */
export function withSavedFunction<F extends Partial<ModelFlags> & { readonly weights?: string | undefined }>(
  session: Pick<Session, "given" | "notice">,
  flags: F,
): F {
  const { weights } = flags, saved = weights === undefined ? undefined : savedIn(session, weights);
  if (!saved) return flags;
  const completed: Record<string, string> = {};
  for (const name of ["activation", "parametrization"] as const) {
    const now = flags[name] ?? "standard", before = saved[name];
    if (now === before) continue;
    if (session.given.has(name)) {
      session.notice(`${weights}: --${name} ${now}, though the run that it holds has ${before}`);
    } else {
      completed[name] = before;
      session.notice(`${weights}: ${name} ${before}, as the run that it holds has (--${name} takes another)`);
    }
  }
  return { ...flags, ...completed };
}

/** Files that runs of earlier versions left are weights all the same. */
function savedIn(session: Pick<Session, "notice">, path: string): Architecture | undefined {
  using file = openTensors(path);
  try {
    return architectureIn(file);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    session.notice(`${error.message}; its activation and parametrization are taken from the flags`);
    return undefined;
  }
}
