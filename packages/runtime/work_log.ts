import {
  DeviceLostError,
  DeviceOperationError,
  formatBytes,
  GraphonLimitError,
  OutOfDeviceMemoryError,
} from "./errors.ts";

/** Milliseconds within which a device that refused work for being lost says so. */
const LOSS_MS = 200;

/**
 * What a GPU device was handed and what became of it. WebGPU says that late: what is wrong with work, that it is done and
 * that the device is lost arrive in their own time, and are told here with the next wait.
 */
export class WorkLog {
  readonly #gpu: GPUDevice;
  /** Rejects when the device is lost; every wait races with it. */
  readonly #lost: Promise<never>;
  #lossReason: string | undefined;
  /** Those not yet known to be good: every wait is for all of them, for several may wait at a time, and none go on with what failed. */
  readonly #verdicts = new Set<Promise<void>>();
  /** Submissions and writes so far, and how many of them are known to be done. */
  #handedOver = 0;
  #done = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.#lost = gpu.lost.then(({ message }) => {
      this.#lossReason ??= message || "The device was lost";
      throw new DeviceLostError(oneLine(this.#lossReason));
    });
    this.#lost.catch(() => {});
  }

  get alive(): boolean {
    return this.#lossReason === undefined;
  }

  assertAlive(): void {
    if (this.#lossReason !== undefined) throw new DeviceLostError(oneLine(this.#lossReason));
  }

  /** From now on the device is as good as lost. */
  end(reason: string): void {
    this.#lossReason = reason;
  }

  /** Errors of what follows are gathered, until {@linkcode closeScopes}. */
  openScopes(): void {
    this.#gpu.pushErrorScope("out-of-memory");
    this.#gpu.pushErrorScope("validation");
  }

  /**
   * Ends what {@linkcode openScopes} began.
   *
   * @param what was tried, as an error message names it
   * @param refused called if it was refused
   */
  closeScopes(what: string, refused: () => void = () => {}): void {
    for (const verdict of [this.#popScope(what), this.#popScope(what)]) {
      this.#verdicts.add(verdict);
      // The verdict is awaited at the next read; until then its rejection is not an unhandled one.
      verdict.then(() => this.#verdicts.delete(verdict), refused);
    }
  }

  async #popScope(what: string): Promise<void> {
    const error = await this.#gpu.popErrorScope();
    if (!error) return;
    const { maxBufferSize } = this.#gpu.limits;
    // By its class's name: not every implementation's classes are globals.
    if (
      error.constructor.name === "GPUOutOfMemoryError" || /max\w*[ -]?buffer[ -]?size/i.test(error.message)
    ) {
      throw new OutOfDeviceMemoryError(
        `${what} does not fit the device (largest buffer ${formatBytes(maxBufferSize)})`,
      );
    }
    throw new DeviceOperationError(oneLine(`The device refused ${what}: ${error.message}`));
  }

  /** Something was submitted or written. */
  handOver(): void {
    this.#handedOver++;
  }

  /** Waits for all that was handed over, and for the verdicts on it; `wait` does so for what was submitted. */
  async settle(wait: () => Promise<void>): Promise<void> {
    if (this.#done === this.#handedOver && this.#verdicts.size === 0) return;
    await this.settleWith(wait());
  }

  /** Waits for what ends no earlier than all that was handed over until now, and for the verdicts on that. */
  async settleWith(wait: Promise<unknown>): Promise<void> {
    const until = this.#handedOver, verdicts = [...this.#verdicts];
    try {
      await Promise.race([Promise.all([...verdicts, wait]), this.#lost]);
      this.assertAlive();
      this.#done = Math.max(this.#done, until);
    } catch (error) {
      // They are told, and once will do.
      for (const verdict of verdicts) this.#verdicts.delete(verdict);
      if (error instanceof GraphonLimitError) throw error;
      // A device that is being lost refuses what is asked of it before it says that it is lost.
      await Promise.race([this.#lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
      throw new DeviceOperationError(oneLine(`The device refused recorded work: ${error}`));
    }
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
