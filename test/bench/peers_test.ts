import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { InvalidArgumentError, openDevice } from "@graphon-limit/runtime";
import { absolutelyWithin } from "../../bench/agreement.ts";
import { contest, median } from "../../bench/contest.ts";
import { type Job, productJob } from "../../bench/jobs.ts";
import { gpuName, machineLine, machineSlug, slugOf } from "../../bench/machine.ts";
import { type Contender, Exchange, PeerError } from "../../bench/peer.ts";
import { JOBS, readPeerOptions } from "../../bench/peer_options.ts";
import { tableHead, tableLine } from "../../bench/peer_table.ts";

function standIn(result: number[], refuses?: string): Contender {
  return {
    column: "peer",
    time: () => refuses === undefined ? Promise.resolve(8) : Promise.reject(new PeerError(refuses)),
    result: () => Promise.resolve(Float32Array.from(result)),
  };
}

function sampleJob(count: { resets: number; runs: number }): Job {
  return {
    kind: "adam",
    size: 1024,
    name: "a job",
    repeats: 1,
    request: { job: "adam" },
    jax: false,
    reset: () => Promise.resolve(void count.resets++),
    run: () => Promise.resolve(void count.runs++),
    result: () => Promise.resolve(Float32Array.of(1, 2)),
    type: "f32",
    agrees: absolutelyWithin(0),
    [Symbol.dispose]() {},
  };
}

Deno.test("contest: a peer that agrees is timed, one that differs or refuses is not, and the table says why", async () => {
  const count = { resets: 0, runs: 0 }, job = sampleJob(count);
  const agreeing = standIn([1, 2]), differing = standIn([1, 3]), refusing = standIn([], "out of memory");
  const peers = [agreeing, differing, refusing];
  const result = await contest(job, peers, 2);
  assert.deepEqual(count, { resets: 3, runs: 3 });
  assert.equal(result.peers.get(agreeing)?.milliseconds, 8);
  using cpu = await openDevice({ kind: "cpu", accelerate: false });
  const line = tableLine(job, { ...result, ours: 4 }, { peers, referee: agreeing, runs: 2 }, cpu.info);
  assert.equal(
    line,
    "| a job | 4.00 ms | 8.00 ms | 0.500 | results differ (1.0e+0 absolute): not timed | – " +
      "| does not run: out of memory | – | at most 0.8 × the peer: met | 0.0e+0 absolute |",
  );
  const columns = (text: string) => text.split("|").length;
  assert.deepEqual(tableHead(peers).split("\n").map(columns), [columns(line), columns(line)]);
});

Deno.test("contest: a peer that ends while it is timed leaves a note, and ours is timed alone", async () => {
  const count = { resets: 0, runs: 0 };
  let asked = 0;
  const ending: Contender = {
    ...standIn([1, 2]),
    time: () => ++asked > 2 ? Promise.reject(new PeerError("ended")) : Promise.resolve(8),
  };
  const { peers } = await contest(sampleJob(count), [ending], 3);
  assert.deepEqual(peers.get(ending), { note: "stopped running: ended" });
  assert.deepEqual([asked, count.runs], [3, 4]);
  assert.equal((await contest(sampleJob(count), [], 1)).peers.size, 0);
});

Deno.test("contest: a peer that takes seconds is timed less often, and the table says so", async () => {
  const count = { resets: 0, runs: 0 }, job = sampleJob(count);
  const taking = (milliseconds: number) => {
    // What it loads at first is no reason.
    const time = () => Promise.resolve(peer.asked++ === 0 ? 90_000 : milliseconds + peer.asked);
    const peer = { ...standIn([1, 2]), asked: 0, time };
    return peer;
  };
  const peers = [1000, 3000, 60_000].map(taking);
  const result = await contest(job, peers, 5);
  assert.deepEqual(peers.map(({ asked }) => asked), [6, 4, 2]);
  const times = peers.map((peer) => result.peers.get(peer)).map((
    found,
  ) => [found?.milliseconds, found?.runs]);
  assert.deepEqual(times, [[1004, 5], [3003, 3], [60_002, 1]]);
  assert.deepEqual([count.runs, result.runs], [6, 5]);
  using cpu = await openDevice({ kind: "cpu", accelerate: false });
  const line = tableLine(job, { ...result, ours: 3003 }, { peers, referee: undefined, runs: 5 }, cpu.info);
  assert.equal(
    line.split(" | – | 0.0e+0")[0],
    "| a job | 3003 ms | 1004 ms | 2.99 | 3003 ms, of 3 runs | 1.00 | 60002 ms, of 1 run | 0.0500",
  );
});

Deno.test("contest: where a run does the work several times, a time is one's share", async () => {
  const slow: Job = {
    ...sampleJob({ resets: 0, runs: 0 }),
    repeats: 4,
    run: () => new Promise((resolve) => setTimeout(resolve, 40)),
  };
  const peer = standIn([1, 2]), { ours, peers } = await contest(slow, [peer], 1);
  assert.equal(peers.get(peer)?.milliseconds, 2);
  assert.ok(ours >= 9, `${ours} ms`);
});

Deno.test("median: the middle, or the mean of the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

Deno.test("productJob: leaves its matrices in the exchange and multiplies them", async () => {
  await using exchange = await Exchange.create();
  using device = await openDevice({ kind: "cpu", accelerate: false });
  using job = await productJob(3)(device, exchange);
  const [a, b] = ["a", "b"].map((name) => {
    const data = readFileSync(`${exchange.folder}/${name}.bin`);
    assert.equal(data.length, 36);
    return Float32Array.from({ length: 9 }, (_, i) => data.readFloatLE(4 * i));
  });
  await job.run();
  const product = await job.result();
  for (let i = 0; i < 9; i++) {
    const row = 3 * Math.floor(i / 3), column = i % 3;
    const expected = [0, 1, 2].reduce((sum, k) => sum + a[row + k] * b[3 * k + column], 0);
    assert.ok(Math.abs(product[i] - expected) < 1e-6);
  }
});

Deno.test("machineSlug: cores and GPU make a file's name", () => {
  const machine = { cores: 2, processor: "AMD EPYC", memoryBytes: 24 * 2 ** 30 };
  assert.equal(machineSlug(machine, undefined), "two-cores-no-gpu");
  assert.equal(machineSlug({ ...machine, cores: 1 }, "A (b)"), "one-core-a-b");
  assert.equal(
    machineSlug({ ...machine, cores: 16 }, "NVIDIA H100 80GB HBM3"),
    "16-cores-nvidia-h100-80gb-hbm3",
  );
  assert.equal(machineLine(machine), "2 cores of AMD EPYC, 24 GiB");
  assert.equal(slugOf("llvmpipe (LLVM 15.0.6, 256 bits)"), "llvmpipe-llvm-15-0-6-256-bits");
});

Deno.test("gpuName: a software adapter and the CPU device are no GPU", async () => {
  using cpu = await openDevice({ kind: "cpu", accelerate: false });
  assert.equal(gpuName(cpu.info), undefined);
  assert.equal(gpuName({ ...cpu.info, kind: "webgpu", software: true }), undefined);
  assert.equal(gpuName({ ...cpu.info, kind: "webgpu", software: false, name: "G" }), "G");
});

Deno.test("readPeerOptions: the full table unless told otherwise", () => {
  const full = readPeerOptions([]);
  assert.deepEqual(full.jobs, JOBS);
  assert.deepEqual([full.sizes, full.widths, full.kernel], [[512, 1024, 2048, 4096], [1024, 2000], 1024]);
  assert.deepEqual([full.histogram, full.steps, full.runs, full.device], [10_000, 100, 5, "auto"]);
  const quick = readPeerOptions(["--quick", "--widths", "33", "adam", "snip"]);
  assert.deepEqual([quick.jobs, quick.widths, quick.runs], [["adam", "snip"], [33], 3]);
});

Deno.test("readPeerOptions: refuses what is no job, device or count", () => {
  for (
    const args of [["train"], ["--device", "gpu"], ["--peer-device", "tpu"], ["--runs", "0"], [
      "--widths",
      "8,x",
    ]]
  ) {
    assert.throws(() => readPeerOptions(args), { name: InvalidArgumentError.name });
  }
});
