import type { ReportSection, ReportTable } from "../report/report.ts";
import { verdictSigns } from "../report/check.ts";
import type { ClaimVerdict } from "./experiment.ts";
import { choicesSection } from "./choices.ts";
import type { Finding } from "./findings.ts";

/** The paper's claims, by number. */
const CLAIMS: Readonly<Record<number, string>> = {
  1: "Random and magnitude masks converge to a constant graphon; every method's distance falls with width",
  2: "SNIP and GraSP give graded graphons with hubs, SynFlow blocks with dead neurons",
  3: "Random pruning leaves the kernel's shape",
  4: "SNIP and SynFlow concentrate energy in the top eigenvalues as sparsity grows, random does not",
  5: "SNIP and SynFlow lose less than random pruning; loss grows with sparsity; magnitude lies between",
  6: "Magnitude's eigenvalues are larger than random's, its energy concentration is not",
  7: "SNIP's lead survives learning rates 0.005 and 0.01",
};

/**
 * Why a claim does not hold under a choice, in a sentence for each claim of which that has been seen. A report prints the
 * sentence only where its own verdicts say so.
 */
const REASONS: Readonly<Record<number, string>> = {
  1: "One threshold for all layers gives a layer a share of its weights that moves with the width, GraSP's hidden layers first less " +
    "and then more (density by width is among the numbers of each experiment): a distance can rise between two widths on the " +
    "way to a limit.",
  3: "Depth and sparsity bring the kernel's smallest eigenvalues down in a finite network of any method, which moves the decay " +
    "rate first; where trials are few the intervals are wider than the 5 % that count as no move.",
  4: "With fresh weights of a dense layer's variance (He) a neuron that keeps few inputs falls silent and one that keeps many " +
    "dominates, whatever the method; a variance by kept fan-in gives every neuron one size, so that what is left to " +
    "concentrate the kernel is where the weights are, which is what SNIP and SynFlow differ in from random pruning. The " +
    "weights that made the masks carry their signs and sizes too: SNIP keeps those that push the outputs.",
  5: "He's weights are larger by √6 a layer than PyTorch's default, and what SNIP keeps of them multiplies into outputs far " +
    "from zero, which its first steps must undo; from PyTorch's weights all methods start at the loss of chance.",
  6: "Weights drawn anew do not know that large ones were kept, so that magnitude pruning is random pruning with other numbers " +
    "in each layer; only the weights that made the masks are larger.",
  7: "As for claim 5: from He's weights the first steps at a large rate undo large outputs.",
};

/** Sections that open a report: what became of the seven claims, and which choices meet the paper's numbers. */
export function summarySections(findings: readonly Finding[]): ReportSection[] {
  const verdicts = findings.flatMap(({ outcome }) => outcome.verdicts);
  const gaps = findings.flatMap(({ outcome }) => outcome.gaps ?? []);
  return [
    ...(verdicts.length === 0 ? [] : [claimsSection(verdicts)]),
    ...(gaps.length === 0 ? [] : [choicesSection(gaps)]),
  ];
}

function claimsSection(verdicts: readonly ClaimVerdict[]): ReportSection {
  const numbers = distinct(verdicts.map(({ number }) => number)).sort((a, b) => a - b);
  const decided = verdicts.filter(({ verdict }) => verdict !== "not decided").length;
  const reasons = numbers.flatMap((number) => reasonOf(number, verdicts));
  return {
    id: "summary",
    title: "The seven claims, by the choices that the paper does not state",
    text:
      `${verdicts.length} verdicts are taken at 95 % confidence, ${decided} of them decided. Were no claim true or false by more ` +
      `than chance, about ${
        Math.ceil(0.05 * verdicts.length)
      } of so many would be decided all the same; a single one that differs from ` +
      "its neighbours is no finding.\n\n" +
      "Each cell counts the verdicts on a claim under a choice: how the networks were initialised and, for tangent kernels, " +
      `which masks and weights they are of (explained there): ${verdictSigns["holds"]} holds, ${
        verdictSigns["does not hold"]
      } does not hold, ${verdictSigns["not decided"]} not decided.\n\n${reasons.join("\n\n")}`,
    tables: [claimsTable(numbers, verdicts)],
  };
}

/** Claims down, choices across would be too wide: a line for each claim and choice that has verdicts. */
function claimsTable(numbers: readonly number[], verdicts: readonly ClaimVerdict[]): ReportTable {
  return {
    caption: "Verdicts on the paper's claims by choice.",
    columns: [
      { title: "claim" },
      { title: "choice" },
      ...Object.values(verdictSigns).map((title) => ({ title, align: "right" as const })),
    ],
    rows: numbers.flatMap((number) => {
      const own = verdicts.filter((one) => one.number === number);
      return distinct(own.map(({ choice }) => choice)).map((choice, at) => [
        at === 0 ? `${number}. ${CLAIMS[number]}` : "",
        choice,
        ...(Object.keys(verdictSigns) as (keyof typeof verdictSigns)[]).map((verdict) =>
          String(own.filter((one) => one.choice === choice && one.verdict === verdict).length)
        ),
      ]);
    }),
  };
}

/** A sentence on a claim that does not hold under some choice, and where it holds. */
function reasonOf(number: number, verdicts: readonly ClaimVerdict[]): string[] {
  const own = verdicts.filter((one) => one.number === number);
  const choices = distinct(own.map(({ choice }) => choice));
  const count = (choice: string, verdict: ClaimVerdict["verdict"]) =>
    own.filter((one) => one.choice === choice && one.verdict === verdict).length;
  const holds = choices.filter((choice) =>
    count(choice, "holds") > 0 && count(choice, "does not hold") === 0
  );
  const fails = choices.filter((choice) => count(choice, "does not hold") > 0);
  if (fails.length === 0) return [];
  if (holds.length === 0) {
    return [`Claim ${number} does not hold everywhere under ${list(fails)}. ${REASONS[number] ?? ""}`.trim()];
  }
  return [
    `Claim ${number} holds wherever it is decided under ${list(holds)}, and not everywhere under ${
      list(fails)
    }. ${REASONS[number] ?? ""}`.trim(),
  ];
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function list(names: readonly string[]): string {
  const quoted = names.map((name) => `“${name}”`);
  return quoted.length < 2
    ? quoted.join("")
    : `${quoted.slice(0, -1).join(", ")} and ${quoted[quoted.length - 1]}`;
}
