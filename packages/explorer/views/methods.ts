/** The methods that the page offers: those whose limit is known, in the library's order and by its labels, as a test checks. */
export const METHOD_CHOICES = [
  { value: "random", label: "Random" },
  { value: "magnitude", label: "Magnitude" },
  { value: "snip", label: "SNIP" },
  { value: "grasp", label: "GraSP" },
  { value: "synflow", label: "SynFlow" },
  { value: "uniform", label: "Uniform" },
  { value: "erk", label: "ERK" },
] as const;

export type MethodName = (typeof METHOD_CHOICES)[number]["value"];

/** As the literature writes it. */
export function methodLabel(name: string): string {
  return METHOD_CHOICES.find(({ value }) => value === name)?.label ?? name;
}
