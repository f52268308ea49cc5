import { disconnectionOf, type Network } from "@graphon-limit/model";
import type { Session } from "./session.ts";

/** {@linkcode disconnectionOf} as a notice, also where one was told to be quiet; what it said. */
export async function noticeDisconnection(
  session: Session,
  network: Network,
  kept?: readonly number[],
): Promise<string | undefined> {
  const line = await disconnectionOf(network, kept);
  if (line !== undefined) session.warn(line);
  return line;
}
