import type { Dataset } from "@graphon-limit/data";
import { HOST, PROGRAM, words } from "../host.ts";
import type { Session } from "./session.ts";

/** Where a result comes from: what a reader needs to make it again. */
export function provenance(session: Session, dataset?: Dataset): Record<string, string> {
  const { info } = session.device;
  return {
    command: `${PROGRAM} ${session.command} ${commandLine(session.command)}`.trim(),
    seed: String(session.flags.seed),
    device: info.kind === "webgpu"
      ? `WebGPU, ${info.name}${info.backend === "dawn" ? " (Dawn)" : ""}`
      : info.name,
    versions: `graphon-limit 0.1.0, ${HOST}`,
    ...(dataset ? { data: `${dataset.name}, ${dataset.count} images from ${dataset.source}` } : {}),
    ...(dataset?.sha256 ? { "SHA-256 of the data": dataset.sha256 } : {}),
    ...(session.notices.length > 0 ? { notices: session.notices.join("; ") } : {}),
    "wall time": `${session.seconds.toFixed(1)} s`,
  };
}

/** The command's own words, quoted where a shell needs it. */
function commandLine(command: string): string {
  return words().slice(command.split(" ").length).map(quotedForShell).join(" ");
}

/** A word as a shell takes it for one. */
export function quotedForShell(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
