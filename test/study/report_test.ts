import assert from "node:assert/strict";
import fc from "fast-check";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { heatMap } from "../../packages/figures/heat_map.ts";
import { renderSvg } from "../../packages/figures/render.ts";
import { formatNumber, formatWithError } from "../../packages/study/report/format.ts";
import { renderReport } from "../../packages/study/report/html.ts";
import { renderMarkdown } from "../../packages/study/report/markdown.ts";
import type { Report, ReportSection } from "../../packages/study/report/report.ts";

const svg = await renderSvg(heatMap({ values: [0, 1, 2, 3], size: 2, xLabel: "inputs", yLabel: "outputs" }), {
  theme: "adaptive",
});

const table = {
  caption: "Distances",
  columns: [{ title: "Method" }, { title: "100" }, { title: "Note", align: "center" as const }],
  rows: [["SNIP", 17.155, "a"], ["GraSP", 0.00002, "b"]],
};

function reportWith(...sections: ReportSection[]): Report {
  return { title: "A report", provenance: {}, sections };
}

function plainSections(count: number): ReportSection[] {
  return Array.from({ length: count }, (_, index) => ({ id: `s${index}`, title: `Section ${index}` }));
}

Deno.test("every text of a report is escaped", () => {
  const evil = `<script>alert("1 & 2")</script>`;
  const html = renderReport({
    title: evil,
    subtitle: evil,
    provenance: { [evil]: evil, "Command": "reproduce --quick <b>" },
    sections: [{
      id: "a",
      title: evil,
      text: `${evil}\n\n${evil}`,
      verdicts: [{ claim: evil, verdict: "holds", detail: evil }],
      figures: [{ id: "f", svg, caption: evil, alt: evil }],
      tables: [{ caption: evil, columns: [{ title: evil }], rows: [[evil]] }],
    }],
  });
  assert.equal(html.split("<script").length, 2);
  assert.doesNotMatch(html, /<b>[^FT]/);
  assert.equal(html.split("&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;").length - 1, 15);
});

Deno.test("any plain text survives in the page as it is", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const html = renderReport(
      reportWith({ id: "a", title: "T", verdicts: [{ claim: text, verdict: "holds", detail: "" }] }),
    );
    const claim = /<\/strong> ([^<]*)<\/p>/.exec(html)?.[1] ?? "";
    const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
    assert.equal(claim.replace(/&([^;]+);/g, (_, name: string) => entities[name]), text);
  }));
});

Deno.test("a report loads nothing, forbids itself to, and runs its own script alone", async () => {
  const html = renderReport(reportWith({ id: "a", title: "T", figures: [{ id: "f", svg, caption: "c" }] }));
  const addresses = [...html.matchAll(/https?:\/\/[^"'\s)]*/g)].map((match) => match[0]);
  assert.deepEqual([...new Set(addresses)].sort(), [
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/2000/svg",
  ]);
  assert.doesNotMatch(html, /<link|@import|\ssrc=/);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
  // One script may run, by its digest; none is there where there is nothing for it to do.
  const script = /<script>([^]*?)<\/script>/.exec(html)![1];
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script)));
  assert.ok(html.includes(`script-src 'sha256-${btoa(String.fromCharCode(...digest))}';`));
  new Function(script);
  assert.doesNotMatch(renderReport(reportWith({ id: "a", title: "T" })), /<script/);
  for (
    const outside of [
      '<svg><image href="https://example.org/x.png"/></svg>',
      "<svg><script/></svg>",
      "<p>text</p>",
    ]
  ) {
    assert.throws(
      () =>
        renderReport(reportWith({ id: "a", title: "T", figures: [{ id: "f", svg: outside, caption: "c" }] })),
      InvalidArgumentError,
    );
  }
});

Deno.test("the same figure twice keeps ids unique and references whole", () => {
  const html = renderReport(reportWith(
    { id: "a", title: "T", figures: [{ id: "f", svg, caption: "c" }, { svg, caption: "d" }] },
  ));
  const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  assert.equal(new Set(ids).size, ids.length);
  const references = [...html.matchAll(/url\(#([^)]*)\)|aria-labelledby="([^"]*)"/g)].map((match) =>
    match[1] ?? match[2]
  );
  assert.ok(references.length >= 3 && references.every((id) => ids.includes(id)), String(references));
});

Deno.test("figures and tables are labelled, numbered through and have headers", () => {
  const figure = (id: string, alt?: string) => ({
    id,
    svg,
    caption: `Caption ${id}`,
    ...(alt === undefined ? {} : { alt }),
  });
  const html = renderReport(reportWith(
    { id: "a", title: "T", figures: [figure("f"), figure("g", "What g shows")], tables: [table] },
    {
      id: "b",
      title: "U",
      figures: [{ id: "h", svg: "<svg></svg>", caption: "Caption h" }],
      tables: [table],
    },
  ));
  const labels = [...html.matchAll(/<svg[^>]*role="img"[^>]*>/g)].map((match) =>
    /aria-label="([^"]*)"/.exec(match[0])?.[1]
  );
  assert.equal(labels.length, 3);
  assert.match(labels[0] ?? "", /^Heat map: /);
  assert.deepEqual(labels.slice(1), ["What g shows", "Caption h"]);
  for (const number of [1, 2, 3]) assert.ok(html.includes(`<b>Figure ${number}.</b>`));
  for (const number of [1, 2]) {
    assert.ok(
      html.includes(
        `<p class="caption" id="table-${number}-caption"><b>Table ${number}.</b> Distances</p>`,
      ) && html.includes(`<table aria-labelledby="table-${number}-caption"`),
    );
  }
  assert.ok(html.includes('<th scope="col" class="right">100</th><th scope="col" class="center">Note</th>'));
  assert.ok(
    html.includes(
      '<th scope="row" class="left">SNIP</th><td class="right">17.16</td><td class="center">a</td>',
    ),
  );
});

Deno.test("a table of contents comes with the fourth section", () => {
  assert.doesNotMatch(renderReport(reportWith(...plainSections(3))), /<nav/);
  const html = renderReport(reportWith(...plainSections(4)));
  assert.equal(html.match(/<li><a href="#s\d">Section \d<\/a><\/li>/g)?.length, 4);
});

Deno.test("a verdict is told by word and sign, not by colour alone", () => {
  const html = renderReport(reportWith({
    id: "a",
    title: "T",
    verdicts: (["holds", "does not hold", "not decided"] as const).map((verdict) => ({
      claim: "c",
      verdict,
      detail: "d",
    })),
  }));
  assert.match(html, /<li class="holds">.*✓<\/span> holds/);
  assert.match(html, /<li class="does-not-hold">.*✗<\/span> does not hold/);
  assert.match(html, /<li class="not-decided">.*\?<\/span> not decided/);
});

Deno.test("a report with doubtful ids or ragged tables is rejected", () => {
  const figure = { id: "f", svg, caption: "c" };
  for (
    const sections of [
      [...plainSections(1), ...plainSections(1)],
      [{ id: "two words", title: "T" }],
      [{ id: "figure-1", title: "T", figures: [{ svg, caption: "c" }] }],
      [{ id: "a", title: "T", figures: [figure, figure] }],
      [{ id: "f", title: "T", figures: [figure] }],
      [{ id: "a", title: "T", tables: [{ ...table, rows: [["SNIP", 1]] }] }],
    ]
  ) {
    assert.throws(() => renderReport(reportWith(...sections)), InvalidArgumentError);
    assert.throws(() => renderMarkdown(reportWith(...sections), { f: "f.svg" }), InvalidArgumentError);
  }
});

Deno.test("renderMarkdown links figures and lays out tables", () => {
  const report: Report = {
    title: "A report",
    subtitle: "On *stars* and <tags>",
    provenance: { Seed: "1" },
    sections: [{
      id: "a",
      title: "Part",
      text: "One.\n\n# Two | three",
      verdicts: [{ claim: "It is so.", verdict: "does not hold", detail: "0.1 ± 0.2" }],
      figures: [{ id: "f", svg, caption: "Some [figure]", alt: "Alt" }],
      tables: [table],
    }],
  };
  assert.equal(
    renderMarkdown(report, { f: "figures/a b(1).svg" }),
    `# A report

On \\*stars\\* and &lt;tags>

* Seed: 1

## Part

One.

\\# Two \\| three

* **✗ does not hold** It is so. 0.1 ± 0.2

![Alt](figures/a%20b%281%29.svg)

**Figure 1.** Some \\[figure\\]

**Table 1.** Distances

| Method | 100 | Note |
| :--- | ---: | :---: |
| SNIP | 17.16 | a |
| GraSP | 2.000e−5 | b |
`,
  );
  // Without words of its own a figure's are those of its SVG, and else the caption.
  const shown = (figure: string) =>
    /!\[(.*)\]\(/.exec(renderMarkdown(
      reportWith({ id: "a", title: "T", figures: [{ id: "f", svg: figure, caption: "Caption" }] }),
      { f: "f.svg" },
    ))?.[1];
  assert.equal(shown(`<svg aria-label="5 &lt; 6 &amp; 7"></svg>`), "5 &lt; 6 &amp; 7");
  assert.equal(shown("<svg></svg>"), "Caption");
  assert.throws(() => renderMarkdown(report, {}), InvalidArgumentError);
  assert.throws(
    () =>
      renderMarkdown({
        ...report,
        sections: [{ id: "a", title: "T", figures: [{ id: "toString", svg, caption: "" }] }],
      }, {}),
    InvalidArgumentError,
  );
});

Deno.test("formatNumber keeps the significant digits asked for", () => {
  const cases: [number, number | undefined, string][] = [
    [0, undefined, "0"],
    [1024, 2, "1024"],
    [-3, undefined, "−3"],
    [0.123456, undefined, "0.1235"],
    [0.5, 3, "0.500"],
    [12345.6, 3, "12346"],
    [9999.6, 4, "10000"],
    [1234567, 3, "1.23e6"],
    [0.0000123, 2, "1.2e−5"],
    [NaN, undefined, "—"],
    [Infinity, undefined, "∞"],
    [-Infinity, undefined, "−∞"],
  ];
  for (const [value, digits, text] of cases) assert.equal(formatNumber(value, digits), text);
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
      fc.integer({ min: 1, max: 10 }),
      (value, digits) => {
        const text = formatNumber(value, digits);
        const back = Number(text.replace(/−/g, "-"));
        assert.ok(
          Math.abs(back - value) <= 0.500001 * Math.abs(value) * 10 ** (1 - digits) || back === value,
          text,
        );
      },
    ),
  );
});

Deno.test("formatWithError gives the value the error's last place", () => {
  const cases: [number, number, string][] = [
    [0.47561, 0.01397, "0.476 ± 0.014"],
    [28.113, 0.8, "28.11 ± 0.80"],
    [1234.5, 67, "1235 ± 67"],
    [-0.5, 0.25, "−0.50 ± 0.25"],
    [0.5, NaN, "0.5000"],
    [0.5, 0, "0.5000"],
    [1e-9, 2e-10, "1.000e−9 ± 2.0e−10"],
  ];
  for (const [value, error, text] of cases) assert.equal(formatWithError(value, error), text);
});
