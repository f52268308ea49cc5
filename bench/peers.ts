/**
 * End-to-end jobs beside PyTorch, NumPy and jax-js doing the same in the same run, turn by turn: medians and their ratios,
 * with the bars this project set itself. Results are compared before anything is timed.
 *
 *     deno task bench:peers [job…] [--quick] [--device auto|cpu|webgpu] [--backend auto|deno|dawn] [--peer-device cpu|cuda]
 *         [--sizes 512,1024,2048,4096] [--widths 1024,2000] [--spectra 1024] [--histogram 10000] [--network 256] [--runs 5]
 *         [--python /usr/bin/python3] [--no-jax] [--out file.md]
 *
 * Jobs: product, snip, grasp, synflow, ntk, spectrum, histogram, adam, cnn-snip, cnn-adam, vit-snip, vit-adam. What is not
 * installed is skipped, and the table says so. It is written to `bench/results/<machine>[-openblas].md`, after each job anew;
 * progress goes to stderr.
 *
 * @module
 */
import { writeFileAtomically } from "@graphon-limit/data";
import { type Device, GraphonLimitError } from "@graphon-limit/runtime";
import { chooseDevice } from "../packages/cli/shell/choose_device.ts";
import { contest } from "./contest.ts";
import { adamJob, histogramJob, kernelJob, type MakeJob, maskJob, productJob, spectrumJob } from "./jobs.ts";
import { describeMachine, gpuName, type Machine, machineLine, machineSlug } from "./machine.ts";
import { measureOverhead } from "./measure.ts";
import { kernelCeiling } from "./multiply_adds.ts";
import { networkMaskJob, networkTrainingJob } from "./network_jobs.ts";
import { Exchange, Peer } from "./peer.ts";
import { type PeerOptions, readPeerOptions } from "./peer_options.ts";
import { tableHead, tableLine } from "./peer_table.ts";

function jobsOf({ jobs, sizes, widths, kernel, spectra, histogram, network, steps }: PeerOptions): MakeJob[] {
  const makers = {
    product: sizes.map(productJob),
    snip: widths.map((width) => maskJob("snip", width)),
    grasp: widths.map((width) => maskJob("grasp", width)),
    synflow: widths.map((width) => maskJob("synflow", width)),
    ntk: [kernelJob(kernel)],
    spectrum: spectra.map(spectrumJob),
    histogram: [histogramJob(histogram)],
    adam: [adamJob(kernel, steps)],
    "cnn-snip": [networkMaskJob("cnn", network)],
    "cnn-adam": [networkTrainingJob("cnn", network)],
    "vit-snip": [networkMaskJob("vit", network)],
    "vit-adam": [networkTrainingJob("vit", network)],
  };
  return jobs.flatMap((kind) => makers[kind]);
}

/** The peers that start, and a line about each that does not. */
async function startPeers(
  { python, peerDevice, jax }: PeerOptions,
  exchange: Exchange,
  stack: AsyncDisposableStack,
) {
  const pathOf = (file: string) => new URL(file, import.meta.url).pathname;
  const found: { python?: Peer | undefined; jax?: Peer | undefined } = {}, skipped: string[] = [];
  const column = peerDevice === "cuda" ? "PyTorch on CUDA" : "NumPy or PyTorch";
  found.python = await Peer.start(column, python, [pathOf("./peers.py"), peerDevice], exchange);
  if (found.python) stack.use(found.python);
  else skipped.push(`${column}: skipped, since ${python} with both does not start`);
  if (!jax) skipped.push("jax-js: skipped, as asked");
  else {
    // Its threads have a process of their own, which may read and write the exchanged files and nothing else.
    const { folder } = exchange;
    const args = ["run", "-q", "--no-prompt", `--allow-read=${folder}`, `--allow-write=${folder}`];
    found.jax = await Peer.start("jax-js", "deno", [...args, pathOf("./jax_side.ts")], exchange);
    if (found.jax) stack.use(found.jax);
    else skipped.push("jax-js: skipped, since it is not installed or does not start");
  }
  return { ...found, skipped };
}

/** The command line without the places of files, which are the machine's own. */
function commandOf(args: readonly string[]): string {
  const kept = args.filter((arg, i) =>
    !/^--(out|python)\b/.test(arg) && !/^--(out|python)$/.test(args[i - 1] ?? "")
  );
  return ["deno task bench:peers", ...kept].join(" ");
}

function heading(
  args: readonly string[],
  runs: number,
  machine: Machine,
  device: Device,
  why: string,
  ceiling: string,
): string {
  const { kind, software, name } = device.info;
  const what = kind === "cpu" ? "CPU device" : software ? "software adapter" : "GPU";
  return [
    `# Beside other libraries: ${machineLine(machine)}, ${kind === "webgpu" && !software ? name : "no GPU"}`,
    "",
    `\`${
      commandOf(args)
    }\`, Deno ${Deno.version.deno}. Medians of ${runs} interleaved runs; results compared before ` +
    "they were timed. Ratio: our time over the peer's.",
    "",
    `Device: ${what}, ${name} (${why})${ceiling}.`,
  ].join("\n");
}

async function main(args: readonly string[]): Promise<void> {
  const options = readPeerOptions(args);
  await using exchange = await Exchange.create();
  await using stack = new AsyncDisposableStack();
  const { python, jax, skipped } = await startPeers(options, exchange, stack);
  const { device: opened, why } = await chooseDevice({ device: options.device, backend: options.backend });
  using device = opened;
  const peers = [python, jax].filter((peer) => peer !== undefined);
  const machine = describeMachine(python?.about.processor);
  const versions = peers.flatMap(({ about }) =>
    Object.entries(about).filter(([name]) => name !== "processor").map(([name, version]) =>
      `${name} ${version}`
    )
  );
  const lines = [
    heading(
      args,
      options.runs,
      machine,
      device,
      why,
      await kernelCeiling(device, await measureOverhead(device)),
    ),
    [`Peers: ${versions.join(", ") || "none"}.`, ...skipped.map((line) => `${line}.`)].join(" "),
    "",
    tableHead(peers),
  ];
  const blas = / BLAS /.test(device.info.name) ? "-openblas" : "";
  const out = options.out ?? `bench/results/${machineSlug(machine, gpuName(device.info))}${blas}.md`;
  const write = () => writeFileAtomically(out, `${lines.join("\n")}\n`);
  write();
  for (const make of jobsOf(options)) {
    using job = await make(device, exchange);
    console.error(`${job.name} …`);
    const able = peers.filter((peer) => peer === python || job.jax);
    const line = tableLine(
      job,
      await contest(job, able, options.runs),
      { peers, referee: python, runs: options.runs },
      device.info,
    );
    console.error(line);
    lines.push(line);
    write();
  }
  console.error(`written to ${out}`);
}

try {
  await main(Deno.args);
} catch (error) {
  const usage = error instanceof TypeError && "code" in error;
  if (!(error instanceof GraphonLimitError) && !usage) throw error;
  console.error(error.message);
  Deno.exit(1);
}
