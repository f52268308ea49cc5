import assert from "node:assert/strict";
import {
  type BackendKind,
  InvalidArgumentError,
  listAdapters,
  NoDawnError,
  NoDeviceError,
  openDevice,
} from "@graphon-limit/runtime";
import { oneLine } from "./support.ts";
import { adapterNamed, dawnWith, deviceTest, type Request, withAdapters } from "./stub_adapters.ts";

deviceTest(
  "openDevice: an adapter is taken by a part of its name or its number, and none by what means none or two",
  async () => {
    const fast = await adapterNamed({ description: "A Discrete Card" });
    const slow = await adapterNamed({ description: "Card on the board" });
    const answer: Request = (options) =>
      Promise.resolve(options?.powerPreference === "high-performance" ? fast : slow);
    await withAdapters(answer, async () => {
      for (
        const [adapter, name] of [
          ["discrete", "A Discrete Card"],
          ["0", "A Discrete Card"],
          ["1", "Card on the board"],
          ["CARD ON THE BOARD", "Card on the board"],
        ]
      ) {
        using device = await openDevice({ adapter });
        assert.deepEqual([device.info.name, device.info.backend], [name, "deno"]);
      }
      const listed = [/0 A Discrete Card, 1 Card on the board/];
      for (const adapter of ["card", "h100", "2", "-1"]) {
        await assert.rejects(
          () => openDevice({ adapter }),
          oneLine(InvalidArgumentError, `"${adapter}"`, ...listed),
        );
      }
      assert.deepEqual((await listAdapters()).map(({ names }) => names), [[
        "A Discrete Card",
        "Card on the board",
      ]]);
    });
    await assert.rejects(
      () => openDevice({ kind: "cpu", adapter: "0" }),
      oneLine(InvalidArgumentError, 'adapter "0"', "cpu"),
    );
    await withAdapters(() => Promise.resolve(null), async () => {
      await assert.rejects(() => openDevice({ adapter: "0" }), NoDeviceError);
    });
  },
);

deviceTest(
  "openDevice: Dawn is taken where it is asked for, by its adapters' own names, or what is missing is said",
  async () => {
    const dawn = dawnWith(["NVIDIA RTX 3080 Ti", "NVIDIA RTX 3080", "NVIDIA H100", "NVIDIA H100"]);
    for (
      const [adapter, name] of [[undefined, "NVIDIA RTX 3080 Ti"], ["ti", "NVIDIA RTX 3080 Ti"], [
        "2",
        "NVIDIA H100",
      ]]
    ) {
      using device = await openDevice({ backend: "dawn", dawn, adapter });
      assert.deepEqual([device.info.name, device.info.backend], [name, "dawn"]);
    }
    const refused = async (
      adapter: string,
      error: typeof InvalidArgumentError | typeof NoDeviceError,
      words: string,
    ) => await assert.rejects(() => openDevice({ backend: "dawn", dawn, adapter }), oneLine(error, words));
    await refused("h100", InvalidArgumentError, "several");
    // Dawn takes the first whose name has the one that is asked for in it.
    await refused("1", NoDeviceError, "gives 0 NVIDIA RTX 3080 Ti, not 1");
    await refused("3", NoDeviceError, "not 3");
    await refused("9", InvalidArgumentError, "3 NVIDIA H100 (Dawn)");
    await assert.rejects(
      () => openDevice({ backend: "dawn", dawn: "data:text/javascript,throw new Error('not\\nhere')" }),
      oneLine(NoDawnError, "npm package webgpu", "not"),
    );
    await assert.rejects(
      () => openDevice({ backend: "metal" as BackendKind }),
      oneLine(InvalidArgumentError, "auto, deno, dawn", '"metal"'),
    );
  },
);
