import { figureInks } from "@graphon-limit/figures";

const { paper, text, label, grid } = figureInks;

/** The look of a report: one column, system fonts, light or dark as the reader prefers, white when printed. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --paper: ${paper.light}; --ink: ${text.light}; --soft: ${label.light}; --rule: ${grid.light};
  --shade: #f6f8fa; --link: #0a58b0; --good: #1a7440; --bad: #b3261e; --open: #8a5a00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: ${paper.dark}; --ink: ${text.dark}; --soft: ${label.dark}; --rule: ${grid.dark};
    --shade: #1d2126; --link: #79b8ff; --good: #56d389; --bad: #ff8a80; --open: #e3b341;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 62rem; padding: 3rem 1.5rem 5rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
}
h1, h2 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif; line-height: 1.2; text-wrap: balance; }
h1 { font-size: 2.25rem; font-weight: 600; letter-spacing: -0.01em; margin: 0; }
h2 { font-size: 1.5rem; font-weight: 600; margin: 3.5rem 0 1rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
p, li, figcaption { overflow-wrap: break-word; }
p { margin: 0 0 1rem; max-width: 42rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
.subtitle { margin: 0.75rem 0 0; color: var(--soft); font-size: 1.125rem; }
.provenance {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.75rem 1.5rem;
  margin: 2rem 0 0; padding: 1rem 1.25rem; background: var(--shade); border-radius: 0.5rem; font-size: 0.875rem; line-height: 1.45;
}
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.whole { white-space: nowrap; }
nav { margin-top: 2rem; }
nav h2 { font-family: inherit; font-size: 0.875rem; color: var(--soft); margin: 0 0 0.25rem; padding: 0; border: 0; }
nav ol { margin: 0; padding-left: 1.5rem; columns: 18rem; }
nav li { break-inside: avoid; }
.verdicts { list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: 0.5rem; }
.verdicts li { border-left: 0.25rem solid var(--tone); background: var(--shade); padding: 0.625rem 1rem; border-radius: 0 0.375rem 0.375rem 0; }
.verdicts p { margin: 0; max-width: none; }
.verdicts strong { color: var(--tone); white-space: nowrap; margin-right: 0.5rem; }
.verdicts .detail { color: var(--soft); font-size: 0.9375rem; }
.holds { --tone: var(--good); }
.does-not-hold { --tone: var(--bad); }
.not-decided { --tone: var(--open); }
figure, .table { margin: 2rem 0; }
.scroll { overflow-x: auto; overflow-y: hidden; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 4px; }
.scroll > svg { display: block; max-width: 100%; min-width: min(calc(0.7 * var(--figure-width, 0px)), 34rem); height: auto; }
figcaption, .caption { color: var(--soft); font-size: 0.9375rem; line-height: 1.5; text-align: left; }
figcaption, .caption { max-width: 46rem; }
figcaption { margin-top: 0.75rem; }
.caption { margin: 0 0 0.5rem; }
figcaption b, .caption b { color: var(--ink); font-weight: 600; }
.zoom { margin: 0.5rem 0 0; max-width: 46rem; color: var(--soft); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.scroll image { cursor: crosshair; }
.drag { fill: #fff; fill-opacity: 0.2; stroke: #fff; stroke-width: 1.5; filter: drop-shadow(0 0 1px #000); pointer-events: none; }
.downloads { margin: 0.5rem 0 0; display: flex; gap: 0.5rem; }
.downloads button {
  padding: 0.25rem 0.75rem; border: 1px solid var(--soft); border-radius: 0.375rem;
  background: var(--paper); color: var(--link); font: inherit; font-size: 0.875rem; cursor: pointer;
}
.downloads button::before { content: "↓ "; }
.downloads button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.tip {
  position: fixed; z-index: 1; max-width: min(20rem, 90vw); padding: 0.25rem 0.625rem; pointer-events: none;
  border: 1px solid var(--soft); border-radius: 0.375rem; background: var(--shade); color: var(--ink);
  font-size: 0.875rem; line-height: 1.4; font-variant-numeric: tabular-nums;
}
.tip[hidden] { display: none; }
table { border-collapse: collapse; font-size: clamp(0.75rem, calc(44rem / var(--table-ems, 1)), 0.9375rem); font-variant-numeric: tabular-nums; line-height: 1.4; }
th, td { padding: 0.4em 0.9em; text-align: left; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 0.25rem; }
thead th { font-weight: 600; border-bottom: 2px solid var(--rule); vertical-align: bottom; }
tbody th { font-weight: 500; }
td { white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
.right { text-align: right; }
.center { text-align: center; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.75rem; }
  h2 { font-size: 1.3rem; margin-top: 2.5rem; }
  th, td { padding: 0.375rem 0.625rem; }
}
@media print {
  @page { margin: 18mm 16mm; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  h1 { font-size: 20pt; }
  h2 { font-size: 14pt; margin-top: 1.5rem; break-after: avoid; }
  p, li { orphans: 3; widows: 3; }
  section > p { break-after: avoid; break-inside: avoid; }
  a { color: inherit; }
  .downloads, .zoom, .tip { display: none; }
  .scroll { overflow: visible; }
  figure, .table, .caption, tr, .verdicts li, .provenance { break-inside: avoid; }
  .caption { break-after: avoid; }
  .scroll > svg { min-width: 0; max-width: min(100%, calc(0.85 * var(--figure-width, 100%))); max-height: 190mm; }
  .provenance, .verdicts li { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  table { font-size: min(9pt, calc(170mm / var(--table-ems, 1))); }
  th, td { padding: 0.3em 0.5em; }
}
`;
