import { formatBytes, GraphonLimitError } from "@graphon-limit/runtime";
import { openAtomicFile } from "../files/atomic_write.ts";
import { hostFiles } from "../files/host_files.ts";
import { ioReason, readIfPresent } from "../files/io_error.ts";
import { faultLine } from "../messages/faults.ts";
import { printable } from "../messages/printable.ts";
import type { RemoteFile } from "./catalogue.ts";

/** A file could not be fetched from any of its addresses. The message names the file, the addresses and the remedy. */
export class DownloadError extends GraphonLimitError {
  override name = "DownloadError";
}

/** How {@linkcode cachedFile} works. */
export interface DownloadOptions {
  /** The function that fetches an address: `fetch`, unless given. */
  readonly fetch?: ((address: string, init: { signal: AbortSignal }) => Promise<Response>) | undefined;
  /** Receives a line, safe to print, when a download begins or a damaged file is replaced. */
  readonly onNotice?: ((line: string) => void) | undefined;
  /** Receives bytes so far and in all. */
  readonly onProgress?: ((progress: { file: string; received: number; total: number }) => void) | undefined;
  /** Milliseconds without a byte after which an address is given up. 30,000 unless given. */
  readonly stallTimeout?: number | undefined;
}

/**
 * The bytes of a remote file: from `folder` where it is there and whole, else downloaded into it. Content is verified
 * by SHA-256 either way; a download that ends early, or is not the pinned content, leaves nothing in `folder`.
 *
 * @throws DownloadError where no address serves it
 * @throws InvalidArgumentError where `folder` cannot be written
 */
export async function cachedFile(
  file: RemoteFile,
  folder: string,
  { fetch = globalThis.fetch, stallTimeout = 30_000, onNotice, onProgress }: DownloadOptions = {},
): Promise<{ bytes: Uint8Array<ArrayBuffer>; path: string }> {
  const { join, dirname } = hostFiles().path;
  const path = join(folder, file.name);
  const cached = await readIfPresent(path);
  if (cached !== undefined) {
    if (await sha256(cached) === file.sha256) return { bytes: cached, path };
    onNotice?.(printable(`${path} is damaged (wrong SHA-256); downloading it again`));
  }
  const reasons: string[] = [];
  for (const address of file.addresses) {
    onNotice?.(printable(`downloading ${address} (${formatBytes(file.bytes)}) to ${dirname(path)}`));
    const outcome = await fetchVerified(address, file, { fetch, stallTimeout, onProgress });
    if (outcome instanceof Uint8Array) {
      using target = openAtomicFile(path);
      target.write(outcome);
      target.close();
      return { bytes: outcome, path };
    }
    reasons.push(`${address} (${outcome})`);
  }
  throw new DownloadError(
    faultLine(
      file.name,
      "an address that serves it (or its folder with --data-dir)",
      reasons.join(" and "),
    ),
  );
}

/** SHA-256 in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The verified bytes, or why there are none. */
async function fetchVerified(
  address: string,
  file: RemoteFile,
  { fetch, stallTimeout, onProgress }: {
    fetch: NonNullable<DownloadOptions["fetch"]>;
    stallTimeout: number;
    onProgress: DownloadOptions["onProgress"];
  },
): Promise<Uint8Array<ArrayBuffer> | string> {
  const stall = new StallGuard(stallTimeout);
  try {
    const response = await fetch(address, { signal: stall.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return `HTTP status ${response.status}`;
    }
    const bytes = new Uint8Array(file.bytes);
    let received = 0;
    for await (const chunk of response.body) {
      stall.reset();
      if (received + chunk.length > file.bytes) return `longer than the expected ${file.bytes} bytes`;
      bytes.set(chunk, received);
      received += chunk.length;
      onProgress?.({ file: file.name, received, total: file.bytes });
    }
    if (received < file.bytes) return `ended after ${received} of ${file.bytes} bytes`;
    return await sha256(bytes) === file.sha256 ? bytes : "wrong SHA-256";
  } catch (error) {
    if (stall.signal.aborted) return "no answer";
    // The address is in the message already.
    return ioReason(error).replace(/^error sending request for url \([^)]*\):? ?/, "") || "no connection";
  } finally {
    stall.stop();
  }
}

/** Aborts its signal when `reset` has not been called for some time. */
class StallGuard {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(timeout: number) {
    this.#timeout = timeout;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  reset(): void {
    this.stop();
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(), this.#timeout);
  }
}
