import assert from "node:assert/strict";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import "../../packages/study/method_styles.ts";
import { heatMap } from "../../packages/figures/heat_map.ts";
import { figureInks, seriesStyles } from "../../packages/figures/palette.ts";
import { renderSvg } from "../../packages/figures/render.ts";
import { recolour } from "../../packages/figures/recolour.ts";
import {
  checkSelfContained,
  escapeMarkup,
  prefixIds,
  setRootAttributes,
} from "../../packages/figures/svg.ts";
import { assertWellFormed, convergence, ramp } from "./support.ts";

Deno.test("the README's images are there for dark pages too, and are the light ones in other colours", () => {
  const readme = Deno.readTextFileSync("README.md");
  const shown = [
    ...readme.matchAll(
      /<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)-dark\.svg">\s*<img [^>]*src="([^"]+)\.svg"/g,
    ),
  ];
  assert.ok(shown.length >= 3);
  for (const [, dark, light] of shown) {
    assert.equal(dark, light);
    const svg = Deno.readTextFileSync(`${light}.svg`);
    assert.equal(recolour(svg, "dark"), Deno.readTextFileSync(`${light}-dark.svg`));
    assert.ok(!recolour(svg, "dark").includes(`"${figureInks.text.light}"`));
  }
});

Deno.test("each theme has its own colours; the adaptive one asks the reader's", async () => {
  const [light, dark, adaptive] = await Promise.all(
    (["light", "dark", "adaptive"] as const).map((theme) => renderSvg(convergence, { theme })),
  );
  for (const svg of [light, dark, adaptive]) assertWellFormed(svg);
  const snip = seriesStyles(["snip"])[0];
  assert.ok(light.includes(`"${snip.light}"`) && !light.includes(snip.dark));
  assert.ok(dark.includes(`"${snip.dark}"`) && !dark.includes(snip.light));
  const { style, drawing } = {
    style: /<style>(.*?)<\/style>/.exec(adaptive)?.[1] ?? "",
    drawing: adaptive.replace(/<style>.*?<\/style>/, ""),
  };
  assert.ok(drawing.includes('stroke="var(--figure-snip)"') && drawing.includes('fill="var(--figure-text)"'));
  assert.doesNotMatch(drawing, /(fill|stroke)="#/);
  for (const [, property] of drawing.matchAll(/var\((--[\w-]+)\)/g)) {
    assert.equal(style.split(`${property}:`).length - 1, 2, `${property} has a light and a dark value`);
  }
});

Deno.test("idPrefix makes ids and the references to them unique", async () => {
  const svg = await renderSvg(heatMap({ values: ramp(2), size: 2, xLabel: "x", yLabel: "y" }), {
    idPrefix: "one-",
  });
  const ids = [...svg.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  const references = [...svg.matchAll(/url\(#([^)]*)\)/g)].map((match) => match[1]);
  assert.ok(ids.length > 0 && ids.every((id) => id.startsWith("one-")));
  assert.ok(references.length > 0 && references.every((id) => ids.includes(id)));
  assert.equal(prefixIds('<a id="x"/><use href="#x"/>', "p-"), '<a id="p-x"/><use href="#p-x"/>');
});

Deno.test("checkSelfContained tells what runs or loads something", () => {
  for (
    const inside of [
      "<script>1</script>",
      '<image href="https://example.org/a.png"/>',
      '<image xlink:href="a.png"/>',
      '<g onload="f()"/>',
      '<rect fill="url(other.svg#a)"/>',
      "<style>@import 'a.css'</style>",
      "<style>g { fill: url(a.svg#b) }</style>",
      "<svg:script>1</svg:script>",
      "<image/onerror=f() />",
      "<image href='#a' ONERROR = 'f()'/>",
      "<image href=javascript:f() />",
      '<g a=b"c onload=f()>',
      "<!--><script>f()</script>-->",
    ]
  ) {
    assert.throws(() => checkSelfContained(`<svg>${inside}</svg>`), InvalidArgumentError, inside);
  }
  checkSelfContained(
    '<svg><use href="#a"/><rect fill="url(#b)"/><image href="data:image/png;base64,AA=="/></svg>',
  );
  // What is escaped is text, whatever it says.
  const name = "a onerror=f() href='x' url(y) @import <script>";
  checkSelfContained(
    `<svg aria-label="${escapeMarkup(name)}"><text>${escapeMarkup(name)}</text><g class="a"/></svg>`,
  );
});

Deno.test("setRootAttributes replaces, adds and escapes", () => {
  assert.equal(
    setRootAttributes('<svg role="a" width="1"><g/></svg>', { role: '"<' }),
    '<svg width="1" role="&quot;&lt;"><g/></svg>',
  );
  assert.throws(() => setRootAttributes("<p></p>", {}), InvalidArgumentError);
});
