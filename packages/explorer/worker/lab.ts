import { chooseDevice, type Device, type DeviceInfo } from "@graphon-limit/runtime";
import type { DeviceChoice } from "./protocol.ts";
import type { Opened } from "./serve.ts";

/** The most of a kind of thing that is kept for the next question. */
const MOST = { shared: 2, known: 32 } as const;

/** What questions are answered in: the device, and what was made for earlier ones. */
export class Lab {
  readonly #shared: Recent<Disposable>;
  readonly #known: Recent<unknown>;

  constructor(readonly device: Device) {
    this.#shared = new Recent(MOST.shared, (thing) => thing[Symbol.dispose]());
    this.#known = new Recent(MOST.known);
  }

  /** Bytes that networks may take. */
  get memoryBytes(): number {
    return memoryOf(this.device.info);
  }

  /** A thing on the device that is kept for questions to come; the one that was used longest ago is disposed of for it. */
  shared<T extends Disposable>(key: string, make: () => Promise<T>): Promise<T> {
    return this.#shared.get(key, make) as Promise<T>;
  }

  /** Numbers that are kept likewise. They are not to be handed over to the page: it gets a copy. */
  known<T>(key: string, make: () => Promise<T>): Promise<T> {
    return this.#known.get(key, make) as Promise<T>;
  }
}

/** Things by key, of which so many are kept: the most recently used. */
class Recent<T> {
  readonly #things = new Map<string, T>();

  constructor(readonly most: number, readonly drop: (thing: T) => void = () => {}) {}

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const found = this.#things.get(key);
    if (found !== undefined) this.#things.delete(key);
    else {
      // Room is made first: networks are large.
      for (const [oldest, thing] of this.#things) {
        if (this.#things.size < this.most) break;
        this.#things.delete(oldest);
        this.drop(thing);
      }
    }
    const thing = found ?? await make();
    this.#things.set(key, thing);
    return thing;
  }
}

/** Opens the device that the address asks for. A software adapter is never taken unasked: see `chooseDevice`. */
export async function openLab(kind: DeviceChoice): Promise<Opened<Lab>> {
  const { device, why } = await chooseDevice({ kind, software: "refuse" });
  const { info } = device, lab = new Lab(device);
  return {
    lab,
    device: { kind: info.kind, software: info.software, name: info.name, why, memoryBytes: lab.memoryBytes },
  };
}

const GIGABYTE = 2 ** 30;

/** What networks may take: WebAssembly reaches 4 GiB, and how much a GPU has WebGPU does not say. */
function memoryOf({ kind, software, integrated }: DeviceInfo): number {
  if (kind === "cpu" || software) return GIGABYTE;
  return integrated ? 2 * GIGABYTE : 4 * GIGABYTE;
}
