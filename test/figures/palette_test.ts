import assert from "node:assert/strict";
import { METHODS } from "@graphon-limit/pruners";
import "../../packages/study/method_styles.ts";
import { allInks, figureInks, seriesStyles } from "../../packages/figures/palette.ts";
import { styleSheet } from "../../packages/study/report/style.ts";

Deno.test("a method has one style in any company, and all styles can be told apart", () => {
  const methodNames = ["dense", ...METHODS.keys()];
  const alone = methodNames.map((name) => seriesStyles([name])[0]);
  assert.deepEqual(seriesStyles(["mine", ...methodNames, "yours"]).slice(1, -1), alone);
  assert.deepEqual(seriesStyles(["SNIP"]), seriesStyles(["snip"]));
  assert.equal(new Set(alone.map(({ shape }) => shape)).size, alone.length);
  assert.equal(new Set(allInks().map(({ light }) => light)).size, allInks().length);
  assert.equal(new Set(allInks().map(({ property }) => property)).size, allInks().length);
  for (const theme of ["light", "dark"] as const) {
    for (const [vision, matrix] of Object.entries(visions)) {
      const seen = alone.map((style) => oklab(applied(matrix, linearRgb(style[theme]))));
      seen.forEach((colour, index) => {
        for (let other = 0; other < index; other++) {
          const distance = Math.hypot(...colour.map((value, part) => value - seen[other][part]));
          assert.ok(
            distance > 0.12,
            `${alone[index].label} and ${alone[other].label}, ${theme}, ${vision}: ${distance}`,
          );
        }
      });
    }
  }
});

Deno.test("text has a contrast of 4.5 and marks one of 3 to their paper, in figures and reports, light and dark", () => {
  const decoration = ["--figure-paper", "--figure-grid"], texts = ["--figure-text", "--figure-label"];
  for (const theme of ["light", "dark"] as const) {
    for (const ink of allInks().filter(({ property }) => !decoration.includes(property))) {
      const found = contrast(ink[theme], figureInks.paper[theme]);
      assert.ok(found >= (texts.includes(ink.property) ? 4.5 : 3), `${ink.property}, ${theme}: ${found}`);
    }
  }
  // The sheet declares the light colours first, then the dark ones.
  const [light, dark] = [...styleSheet.matchAll(/--paper: [^}]*/g)].map(([block]) =>
    new Map([...block.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map((match) => [match[1], match[2]]))
  );
  for (const colours of [light, dark]) {
    for (const name of ["ink", "soft", "link", "good", "bad", "open"]) {
      for (const paper of ["paper", "shade"]) {
        const found = contrast(colours.get(name)!, colours.get(paper)!);
        assert.ok(found >= 4.5, `${name} on ${paper}: ${found}`);
      }
    }
  }
});

function contrast(one: string, other: string): number {
  const [dark, light] = [one, other].map((colour) => luminance(linearRgb(colour))).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** How linear RGB is seen (Machado, Oliveira and Fernandes 2009, severity 1). */
const visions: Record<string, number[][]> = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [
    -0.003882,
    -0.048116,
    1.051998,
  ]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [
    -0.01182,
    0.04294,
    0.968881,
  ]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [
    0.004733,
    0.691367,
    0.3039,
  ]],
};

function applied(matrix: number[][], colour: number[]): number[] {
  return matrix.map((row) =>
    Math.max(0, row.reduce((sum, factor, index) => sum + factor * colour[index], 0))
  );
}

function linearRgb(hex: string): number[] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
}

function luminance([red, green, blue]: number[]): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Ottosson's Oklab: lightness, green–red, blue–yellow. */
function oklab(rgb: number[]): number[] {
  const cones = applied([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ], rgb).map(Math.cbrt);
  const rows = [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ];
  return rows.map((row) => row.reduce((sum, factor, index) => sum + factor * cones[index], 0));
}
