import type { Dataset } from "@graphon-limit/data";
import type { Session } from "./session.ts";

/** Where a result comes from: what a reader needs to make it again. */
export function provenance(session: Session, dataset?: Dataset): Record<string, string> {
  const { info } = session.device;
  return {
    command: `deno task cli ${session.command} ${commandLine(session.command)}`.trim(),
    seed: String(session.flags.seed),
    device: info.kind === "webgpu" ? `WebGPU, ${info.name}` : info.name,
    versions: `graphon-limit 0.1.0, Deno ${Deno.version.deno}`,
    ...(dataset ? { data: `${dataset.name}, ${dataset.count} images from ${dataset.source}` } : {}),
    ...(dataset?.sha256 ? { "SHA-256 of the data": dataset.sha256 } : {}),
    ...(session.notices.length > 0 ? { notices: session.notices.join("; ") } : {}),
    "wall time": `${session.seconds.toFixed(1)} s`,
  };
}

/** The command's own words, quoted where a shell needs it. */
function commandLine(command: string): string {
  return Deno.args.slice(command.split(" ").length).map(quotedForShell).join(" ");
}

/** A word as a shell takes it for one. */
export function quotedForShell(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
