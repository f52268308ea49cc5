import { parentPort } from "node:worker_threads";
import { watchWrites } from "@graphon-limit/data";
import { GraphonLimitError } from "@graphon-limit/runtime";
import { runPlanned } from "@graphon-limit/study";
import { chooseDevice } from "../shell/choose_device.ts";
import type { FromMember, MemberData, ToMember } from "./crew_protocol.ts";
import { openFailures, openPlanLab } from "./open_sweep.ts";

const tell = (message: FromMember) => parentPort!.postMessage(message);

async function work({ plan, store, dataDir, device: flags }: MemberData): Promise<void> {
  watchWrites({
    begun: (path) => tell({ kind: "begun", path }),
    ended: (path) => tell({ kind: "ended", path }),
    placing: (place) => place(),
  });
  const { device } = await chooseDevice(flags);
  using _device = device;
  const notice = (line: string) => tell({ kind: "notice", line });
  using lab = await openPlanLab({ device, notice }, plan, store, dataDir === undefined ? {} : { dataDir });
  const failures = openFailures(store),
    onTask = (_: number, description: string) => tell({ kind: "at-hand", description });
  let outcome = undefined;
  for (;;) {
    const next = nextTask();
    tell({ kind: "ready", ...(outcome ? { outcome } : {}) });
    const task = await next;
    if (task === null) return;
    outcome = await runPlanned(lab, [task], { failures, onTask });
  }
}

function nextTask(): Promise<ToMember> {
  return new Promise((resolve) => parentPort!.once("message", resolve));
}

/** Makes this thread a member of a crew: one that does one task after the other, on a device of its own. */
export function serveCrew(data: MemberData): void {
  // Not awaited: a thread is handed no message before its module has been evaluated.
  work(data).catch((error) => {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: "over", message, known: error instanceof GraphonLimitError });
  });
}
