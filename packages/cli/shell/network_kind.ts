import { datasetShape } from "@graphon-limit/data";
import {
  type Activation,
  cnn,
  type NetworkDefinition,
  type NetworkSizes,
  resnet,
  vit,
} from "@graphon-limit/model";
import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import { optional, type Parse, type Values, withDefault } from "./flags.ts";
import { moduleAddress } from "./module_address.ts";
import { listOf, needed, refuse, UsageError, wholeNumber } from "./usage.ts";

/** The kinds of networks beside the fully connected one. */
const KINDS = ["cnn", "resnet", "vit"] as const;

const MODULE = /\.(ts|js|mjs)$/;

const networkName: Parse<string> = (given, flag) => {
  if (given === "mlp" || KINDS.some((kind) => kind === given) || MODULE.test(given)) return given;
  throw new UsageError(
    `Expected ${flag} to be one of mlp, ${KINDS.join(", ")} or a module such as ./network.ts but found ${
      show(given)
    }`,
  );
};

const extents: Parse<number[]> = (given, flag) => {
  const list = listOf(wholeNumber(1))(given, flag);
  if (list.length === 3) return list;
  throw new UsageError(
    `Expected ${flag} to be channels, height and width such as 1,28,28 but found ${show(given)}`,
  );
};

/** Flags that say what a network is, apart from its numbers. */
export const KIND_FLAGS = {
  network: withDefault(
    "<kind>",
    `mlp, ${KINDS.join(", ")}, or a module such as ./network.ts whose default export defines one`,
    networkName,
    "mlp",
  ),
  image: optional("<C,H,W>", "channels, height and width of its images (default: the data set's)", extents),
  classes: optional("<number>", "its classes (default: the weights' or the data set's)", wholeNumber(1)),
  channels: optional(
    "<list>",
    "cnn, resnet: channels of each layer, or stage (default: those of the weights)",
    listOf(wholeNumber(1)),
  ),
  kernel: optional(
    "<number>",
    "cnn: side of the kernels, odd (default: that of the weights, or 3)",
    wholeNumber(1),
  ),
  blocks: optional(
    "<number>",
    "resnet: blocks in each stage; vit: blocks (default: those of the weights)",
    wholeNumber(1),
  ),
  width: optional("<number>", "vit: numbers of a token (default: the weights')", wholeNumber(1)),
  heads: optional("<number>", "vit: heads of each attention", wholeNumber(1)),
  patch: optional("<number>", "vit: side of a patch (default: the weights')", wholeNumber(1)),
  expansion: optional(
    "<number>",
    "vit: how many times wider a token is inside (default: the weights', or 4)",
    wholeNumber(1),
  ),
};

export type KindFlags = Partial<Values<typeof KIND_FLAGS>>;

/** The shapes of weights in files, from the inputs on, by the names the network has for them. */
export type WeightShapes = ReadonlyMap<string, readonly number[]>;

/** Sizes of a network, as far as they are known. */
type SomeSizes = { readonly [name: string]: number | readonly number[] | undefined };

interface Kind {
  /** Flags of its own. */
  readonly own: readonly (keyof typeof KIND_FLAGS)[];
  readonly define: (sizes: NetworkSizes, options: { readonly activation: Activation }) => NetworkDefinition;
  /** What the weights in files tell. */
  readonly told: (shapes: WeightShapes, image: readonly number[]) => SomeSizes;
  /** What is taken where nothing tells. */
  readonly usual: SomeSizes;
}

const NETWORKS: Readonly<Record<(typeof KINDS)[number], Kind>> = {
  cnn: {
    own: ["channels", "kernel"],
    define: cnn,
    told(shapes) {
      const all = [...shapes.values()], kernels = all.filter(({ length }) => length === 4);
      return {
        ...(kernels.length > 0 ? { channels: kernels.map(([out]) => out), kernel: kernels[0][2] } : {}),
        classes: all.find(({ length }) => length === 2)?.[0],
      };
    },
    usual: { kernel: 3 },
  },
  resnet: {
    own: ["channels", "blocks"],
    define: resnet,
    told(shapes) {
      const firsts = [...shapes].filter(([name]) => /^stages\.\d+\.0\.conv1\.weight$/.test(name));
      const blocks = [...shapes.keys()].filter((name) => /^stages\.0\.\d+\.conv1\.weight$/.test(name));
      return {
        ...(firsts.length > 0 ? { channels: firsts.map(([, [out]]) => out), blocks: blocks.length } : {}),
        classes: shapes.get("head.weight")?.[0],
      };
    },
    usual: { blocks: 1 },
  },
  vit: {
    own: ["width", "heads", "blocks", "patch", "expansion"],
    define: vit,
    told(shapes, [channels]) {
      const embed = shapes.get("embed.weight"), up = shapes.get("blocks.0.up.weight");
      const blocks = [...shapes.keys()].filter((name) => /^blocks\.\d+\.q\.weight$/.test(name));
      return {
        width: embed?.[0],
        patch: embed && Math.round(Math.sqrt(embed[1] / channels)),
        ...(up ? { expansion: up[0] / up[1], blocks: blocks.length } : {}),
        classes: shapes.get("head.weight")?.[0],
      };
    },
    usual: { expansion: 4 },
  },
};

/** The kind a name is of; undefined for `mlp` and for modules. */
function kindOf(name: string): Kind | undefined {
  const known = KINDS.find((kind) => kind === name);
  return known && NETWORKS[known];
}

/** Whether flags ask for a network that is none of fully connected layers. */
export function isDefined({ network = "mlp" }: KindFlags): boolean {
  return network !== "mlp";
}

/** Whether a network of this kind is known by its name, without a module. */
export function isNamedKind(kind: string): boolean {
  return kind === "mlp" || kindOf(kind) !== undefined;
}

/** Whether flags ask for a network of the user's own module. */
export function isModule({ network = "mlp" }: KindFlags): boolean {
  return MODULE.test(network);
}

/** Throws where a flag of one kind of network was given with another. */
export function assertKindFlags(flags: KindFlags): void {
  const { network = "mlp" } = flags, own = kindOf(network)?.own ?? [];
  const others = Object.values(NETWORKS).flatMap((kind) => kind.own).filter((name) => !own.includes(name));
  refuse(
    flags,
    [...others, ...(isDefined(flags) ? [] : ["image", "classes"] as const)],
    `--network ${network}`,
  );
}

/** What tells of a network's samples and its function, beside the flags of its kind. */
export interface DefinitionContext {
  readonly activation: Activation;
  readonly dataset?: string | undefined;
  /** Of samples in a file, where it says so. */
  readonly image?: readonly number[] | undefined;
  /** Of weights in files. */
  readonly shapes?: WeightShapes | undefined;
}

/**
 * The network that flags define, which is none of fully connected layers.
 *
 * @throws {UsageError} where a size is neither said nor to be told
 */
export async function definitionOf(flags: KindFlags, context: DefinitionContext): Promise<NetworkDefinition> {
  const { network = "mlp", ...others } = flags, { dataset, activation, shapes = new Map() } = context;
  const known = dataset === undefined ? undefined : datasetShape(dataset);
  const image = needed(
    "--image",
    flags.image ?? known?.image ?? context.image,
    "channels, height and width of the images, such as 1,28,28",
  );
  const kind = kindOf(network);
  if (!kind) return await definitionFrom(network, { image, classes: flags.classes ?? known?.classes });
  const told = kind.told(shapes, image), said: SomeSizes = others;
  const sizes = Object.fromEntries(
    [...kind.own, "classes"].map((name) => {
      const size = said[name] ?? told[name] ?? kind.usual[name] ??
        (name === "classes" ? known?.classes : undefined);
      return [name, needed(`--${name}`, size, `--network ${network} has ${name}`)];
    }),
  );
  return kind.define({ ...sizes, image }, { activation });
}

/** The definition in a module's default export: itself, or a function of the image and the number of classes. */
async function definitionFrom(
  path: string,
  samples: { readonly image: readonly number[]; readonly classes: number | undefined },
): Promise<NetworkDefinition> {
  let exported: unknown;
  try {
    const module: { default?: unknown } = await import(moduleAddress(path));
    exported = typeof module.default === "function" ? await module.default(samples) : module.default;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new InvalidArgumentError(`Cannot load the network ${show(path)}: ${reason}`);
  }
  if (isDefinition(exported)) return exported;
  throw new InvalidArgumentError(
    `Expected ${path} to export by default a network's definition, or a function that gives one, with features ` +
      "(numbers of a sample) and a function build",
  );
}

function isDefinition(value: unknown): value is NetworkDefinition {
  if (typeof value !== "object" || value === null) return false;
  const { features, build, kind } = value as Record<string, unknown>;
  return typeof features === "number" && typeof build === "function" && typeof kind === "string";
}
