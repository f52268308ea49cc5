import { fanInMoments } from "@graphon-limit/graphon";
import type { Activation } from "@graphon-limit/model";
import {
  drawnNetwork,
  empiricalKernel,
  type GraphonGradients,
  graphonKernel,
  type GraphonKernelOptions,
} from "@graphon-limit/ntk";
import type { Matrix } from "@graphon-limit/runtime";
import { realPath } from "../host.ts";
import { noticeDisconnection } from "./connection.ts";
import { openInputs } from "./kernel_inputs.ts";
import {
  leaveOutSigns,
  type LimitGraphons,
  readLimitGraphons,
  readMoments,
  type SavedMoments,
} from "./limit_files.ts";
import { FAN_IN } from "./limit_source.ts";
import type { Session } from "./session.ts";
import { refuse, UsageError } from "./usage.ts";

/** Flags that say of which graphons a kernel is wanted, and which one. */
export interface GraphonKernelFlags {
  readonly graphons: string;
  readonly secondMoments?: string | undefined;
  readonly inputs: string;
  readonly activation: Activation;
  readonly gradients?: GraphonGradients | undefined;
  readonly weightVariance?: number | undefined;
  readonly biasVariance?: number | undefined;
}

/** The kernel of graphons in files, or of the weights that a limit keeps where these are beside its second moments. */
export async function kernelOfGraphons(session: Session, flags: GraphonKernelFlags): Promise<Matrix> {
  const { graphons: path, secondMoments: which, activation, gradients, weightVariance, biasVariance } = flags;
  // Where the graphons are their own second moments, weights are drawn anew, as without any.
  const own = which !== undefined && which !== FAN_IN &&
    (realPath(which) ?? which) === (realPath(path) ?? path);
  const file = own || which === FAN_IN ? undefined : which;
  const found = readLimitGraphons(path), { graphons } = found;
  const saved = file === undefined ? undefined : readMoments(file, graphons, path);
  if (saved?.drawn) assertTakesKept(flags, file!);
  using inputs = openInputs(session, flags.inputs, saved?.drawn?.[0].cols, `the weights in ${file}`);
  noticeGraphons(session, flags, found);
  if (own) {
    session.notice(
      `${path}: its graphons are taken for second moments, those of weights drawn anew under the masks`,
    );
  }
  if (saved) noticeSigns(session, file!, saved);
  using progress = session.progress(inputs.cols, "graphon kernel");
  const { signal } = session, onProgress = (done: number) => progress.update(done);
  if (saved?.drawn) {
    using network = drawnNetwork(session.device, saved.drawn, { weightVariance, activation });
    await noticeDisconnection(session, network);
    return await empiricalKernel(network, inputs, {
      ...{ output: "trace", signal },
      onProgress: (done, total) => onProgress(inputs.cols * done / total),
    });
  }
  const options: GraphonKernelOptions = {
    activation,
    gradients,
    weightVariance,
    biasVariance,
    signal,
    onProgress,
  };
  const secondMoments = which === FAN_IN ? fanInMoments(graphons) : saved?.moments;
  return await graphonKernel(graphons, inputs, { ...options, secondMoments });
}

/** Throws where a flag asks for what is not known of weights that know their signs. */
function assertTakesKept(flags: GraphonKernelFlags, path: string): void {
  const form = `kept weights of known signs, as ${path} has`;
  // Without biases, as without the flag, is what such networks are.
  if (flags.biasVariance !== 0) refuse(flags, ["biasVariance"], form);
  if (flags.gradients === "variance") {
    throw new UsageError(`Expected --gradients masked with ${form}, but found variance`);
  }
}

/** Says where graphons are no network's, and where they are those of another one than whose kernel is asked for. */
function noticeGraphons(
  session: Session,
  { graphons: path, secondMoments, weightVariance = 1, activation }: GraphonKernelFlags,
  { law, sortedByLayer }: LimitGraphons,
): void {
  if (sortedByLayer) {
    session.notice(
      `${path}: each layer's neurons are sorted by themselves, so that a row of one and that column of the next are different ` +
        "neurons, and this is no network's kernel; --layers network keeps them together",
    );
  }
  // Weights drawn by the kept fan-in have a variance of their own.
  if (!law || secondMoments === FAN_IN) return;
  if (law.weightVariance === weightVariance && law.activation === activation) return;
  session.notice(
    `${path} is the limit of networks with --weight-variance ${law.weightVariance} and --activation ${law.activation}, ` +
      `and this kernel that of ${weightVariance} and ${activation}`,
  );
}

/** Says which kernel it is where neurons know the signs of the weights that are kept. */
function noticeSigns(session: Session, path: string, { drawn, signsOf }: SavedMoments): void {
  if (drawn) {
    session.notice(
      `the kernel of one draw of the weights that ${signsOf} keeps, in ${path}: the neurons know their signs, ` +
        "which graphons and second moments do not tell",
    );
  } else if (signsOf !== undefined) session.notice(`${path}: second moments ${leaveOutSigns(signsOf)}`);
}
