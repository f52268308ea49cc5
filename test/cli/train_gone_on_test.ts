import assert from "node:assert/strict";
import { parseSafetensors, serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";
import { BAD_USAGE, FAILED, NETWORK, run, words, writeFiles } from "./train_runs.ts";

Deno.test("train: a run that is done is gone on with for its results alone, as a run is whose end was cut off", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const whole = await run(folder, `${NETWORK} --steps 5 --device cpu --save FOLDER/saved`);
    const saved = Deno.readFileSync(`${folder}/saved`);
    const again = await run(
      folder,
      "--resume FOLDER/saved --batch FOLDER/batch --device cpu --save FOLDER/saved --out FOLDER/run.json",
    );
    assert.deepEqual(again.losses, whole.losses);
    assert.deepEqual(again.notices, [`${folder}/saved: all 5 steps are done; none is taken`]);
    assert.deepEqual(Deno.readFileSync(`${folder}/saved`), saved);
    assert.deepEqual(JSON.parse(Deno.readTextFileSync(`${folder}/run.json`)).losses, whole.losses);
  }));

Deno.test("train: a run that goes on in another way, or to an earlier step, is not gone on with", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    await run(folder, `${NETWORK} --steps 5 --device cpu --save FOLDER/saved`);
    const refused: [string, number, RegExp][] = [
      ["--steps 4", BAD_USAGE, /--steps of at least 5.*found 4/],
      ["--steps 9 --optimizer sgd", BAD_USAGE, /--optimizer adam or none, as in .*saved, but found sgd/],
      ["--steps 9 --no-shuffle", BAD_USAGE, /no --no-shuffle.*shuffled/],
      ["--steps 9 --activation erf", BAD_USAGE, /--activation relu or none, as in .*found erf/],
      ["--steps 9 --parametrization ntk", BAD_USAGE, /--parametrization standard or none.*found ntk/],
      ["--steps 9 --seed 3", BAD_USAGE, /--seed 0 or none.*found 3/],
      ["--steps 9 --network resnet", BAD_USAGE, /--network mlp or none.*found resnet/],
      ["--steps 9 --network vit --heads 3", BAD_USAGE, /--network mlp or none.*found vit/],
      ["--steps 9 --image 1,2,3", BAD_USAGE, /no --image.*found 1,2,3/],
      ["--steps 9 --channels 3", BAD_USAGE, /no --channels.*found 3/],
      ["--steps 9 --classes 7", BAD_USAGE, /no --classes.*found 7/],
      ["--steps 9 --no-bias", BAD_USAGE, /Expected --no-bias not to go with --resume/],
      ["--steps 9 --no-transpose", BAD_USAGE, /Expected --no-transpose not to go with --resume/],
      ["--steps 9 --evaluate 2", FAILED, /40 samples.*36/],
    ];
    for (const [rest, expected, named] of refused) {
      const line = `train --resume FOLDER/saved --batch FOLDER/batch --quiet --device cpu ${rest}`.trim();
      const { code, stderr } = await runCli(...words(line, folder));
      assert.equal(code, expected);
      assert.match(stderr.join("\n"), named);
    }
  }));

Deno.test("train --resume: what is said of the run as it is, and what may change, goes", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const whole = await run(folder, `${NETWORK} --steps 9 --activation tanh --seed 4 --device cpu`);
    await run(folder, `${NETWORK} --steps 5 --activation tanh --seed 4 --device cpu --save FOLDER/saved`);
    const same = "--activation tanh --parametrization standard --network mlp --seed 4 --optimizer adam";
    const resumed = await run(
      folder,
      `--resume FOLDER/saved --batch FOLDER/batch --steps 9 ${same} --device cpu`,
    );
    assert.deepEqual([resumed.losses, resumed.notices], [whole.losses, whole.notices]);
    const slower = "--resume FOLDER/saved --batch FOLDER/batch --steps 9 --learning-rate 1e-9 --device cpu";
    assert.notDeepEqual((await run(folder, slower)).losses, whole.losses);
  }));

Deno.test("train --resume: other samples are refused, and those of a run that does not tell its own are not known", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const batch = parseSafetensors(Deno.readFileSync(`${folder}/batch`));
    const x = batch.readFloat32("x"), y = batch.readInt32("y");
    const rows = Array.from({ length: 40 }, (_, row) => [...x.slice(6 * row, 6 * row + 6)]);
    const write = (name: string, data: Float32Array, labels: Int32Array) =>
      Deno.writeFileSync(
        `${folder}/${name}`,
        serialiseSafetensors([{ name: "x", shape: [40, 6], data }, { name: "y", shape: [40], data: labels }]),
      );
    write("backwards", Float32Array.from(rows.toReversed().flat()), y);
    write("labelled", x, y.map((label) => 2 - label));
    await run(folder, `${NETWORK} --steps 5 --device cpu --save FOLDER/saved`);
    for (const other of ["backwards", "labelled"]) {
      const line = `train --resume FOLDER/saved --batch FOLDER/${other} --steps 9 --quiet --device cpu`;
      const { code, stdout, stderr } = await runCli(...words(line, folder));
      assert.deepEqual([code, stdout, stderr.length], [FAILED, [], 1]);
      assert.match(stderr[0], /Expected the samples that .*saved was trained on.*found others/);
    }
    // Saved by a program, or before runs told.
    const saved = parseSafetensors(Deno.readFileSync(`${folder}/saved`));
    const header = JSON.parse(saved.metadata.get("graphon-limit.training")!);
    delete header.settings.samples;
    Deno.writeFileSync(
      `${folder}/old`,
      serialiseSafetensors(
        saved.tensors.map(({ name, dtype, shape }): Tensor => ({
          ...{ name, shape: [...shape] },
          data: dtype === "F32"
            ? saved.readFloat32(name)
            : dtype === "U8"
            ? saved.readUint8(name)
            : dtype === "I32"
            ? saved.readInt32(name)
            : new Float64Array(saved.readBytes(name).buffer),
        })),
        { "graphon-limit.training": JSON.stringify(header) },
      ),
    );
    const line = "--batch FOLDER/batch --steps 9 --device cpu --save FOLDER/new";
    const known = await run(folder, `--resume FOLDER/saved ${line}`);
    const old = await run(folder, `--resume FOLDER/old ${line}`);
    assert.deepEqual([old.losses, known.notices], [known.losses, []]);
    assert.match(String(old.notices), /old does not tell what it was trained on/);
    assert.deepEqual((await run(folder, `--resume FOLDER/new ${line}`)).notices, [
      `${folder}/new: all 9 steps are done; none is taken`,
    ]);
  }));

Deno.test("a run that was saved is, as --weights, the function that it was trained for, unless flags say otherwise", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const settings = "--activation tanh --parametrization ntk --device cpu";
    await run(
      folder,
      `--weights FOLDER/weights --batch FOLDER/batch --steps 3 ${settings} --save FOLDER/saved`,
    );
    const line = "--weights FOLDER/saved --batch FOLDER/batch --steps 0 --device cpu";
    const said = await run(folder, `${line} --activation tanh --parametrization ntk`);
    const found = await run(folder, line);
    // Of what lies beside the weights there is a notice whatever is asked.
    const others = said.notices as string[];
    assert.deepEqual([others.length, found.loss], [1, said.loss]);
    assert.deepEqual(found.notices, [
      `${folder}/saved: activation tanh, as the run that it holds has (--activation takes another)`,
      `${folder}/saved: parametrization ntk, as the run that it holds has (--parametrization takes another)`,
      ...others,
    ]);
    const other = await run(folder, `${line} --activation relu --parametrization ntk`);
    assert.notEqual(other.loss, said.loss);
    assert.deepEqual(other.notices, [
      `${folder}/saved: --activation relu, though the run that it holds has tanh`,
      ...others,
    ]);
    // What an earlier version, or damage, says is no reason to refuse the weights.
    const saved = parseSafetensors(Deno.readFileSync(`${folder}/saved`));
    const tensors = ["a.2", "a.10"].map((name): Tensor => ({
      ...{ name, shape: [...saved.info(name).shape], data: saved.readFloat32(name) },
    }));
    Deno.writeFileSync(
      `${folder}/saved`,
      serialiseSafetensors(tensors, { "graphon-limit.training": "{}" }),
    );
    assert.match(String((await run(folder, line)).notices), /taken from the flags/);
  }));
