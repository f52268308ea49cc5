import assert from "node:assert/strict";
import { testPage, waitForText, withPage } from "./support.ts";

const NETWORK = "method=synflow&width=64&depth=2&sparsity=0.8&seed=3";

/** The numbers of a sentence. */
function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d+(?:\.\d+)?/g)].map(([digits]) => Number(digits));
}

/** A state of each view that computes, and when what it says is whole. */
const STATES = [
  { query: `view=masks&layer=1&${NETWORK}`, whole: /noise floors/ },
  { query: `view=training&part=kernel&digits=2&${NETWORK}`, whole: /five largest eigenvalues/ },
  { query: `view=training&part=losses&learnt=1&steps=20&${NETWORK}`, whole: /^Before step 20 / },
  { query: `view=training&part=film&rounds=5&layer=1&${NETWORK}`, whole: /^SynFlow in 5 rounds/ },
];

for (const { query, whole } of STATES) {
  testPage(`WebGPU, on a software adapter, finds what WebAssembly does: ${query}`, {
    ...{ query: `${query}&device=webgpu`, webgpu: true },
  }, async ({ page }) => {
    await waitForText(page, "#device", /on google swiftshader, a software adapter of WebGPU's \(asked for\)/);
    const found = await waitForText(page, ".finding", whole);
    let expected = "";
    await withPage({ query: `${query}&device=cpu` }, async ({ page }) => {
      expected = await waitForText(page, ".finding", whole);
    });
    assert.equal(found.replaceAll(/\d+(?:\.\d+)?/g, "#"), expected.replaceAll(/\d+(?:\.\d+)?/g, "#"));
    const numbers = numbersIn(expected);
    numbersIn(found).forEach((number, at) =>
      // Of three figures that are shown the last may be another.
      assert.ok(Math.abs(number - numbers[at]) <= 0.02 * Math.abs(numbers[at]), `${found} for ${expected}`)
    );
  });
}
