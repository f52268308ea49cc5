import type { Device } from "@graphon-limit/runtime";

/** What was asked of a device so far. */
export interface Asked {
  readonly launches: number;
  /** Times that the host stood still until the device was done. */
  readonly waits: number;
  /** Milliseconds of that. */
  readonly waited: number;
}

/** Counts what is asked of a device from now on. */
export function watchHost(device: Device): () => Asked {
  let launches = 0, waits = 0, waited = 0, waiting = 0, since = 0;
  const { run } = device;
  device.run = function (this: Device, ...call: Parameters<typeof run>) {
    launches++;
    return run.apply(this, call);
  } as typeof run;
  /** Waits of which one begins before another ends are one. */
  const watch = <A extends unknown[], R>(wait: (...call: A) => Promise<R>) => (...call: A): Promise<R> => {
    const done = wait.apply(device, call);
    if (waiting++ === 0) {
      waits++;
      // What was recorded is handed over at the end of the turn, which is the host's own yet.
      queueMicrotask(() => since = performance.now());
    }
    return done.finally(() => {
      if (--waiting === 0) waited += performance.now() - since;
    });
  };
  device.read = watch(device.read) as Device["read"];
  device.readBits = watch(device.readBits);
  device.idle = watch(device.idle);
  return () => ({ launches, waits, waited });
}
