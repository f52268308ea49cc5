import { defineSeries, labelSeries, seriesLabel } from "@graphon-limit/figures";
import { type Method, METHODS } from "@graphon-limit/pruners";

/** What stands in a method's place where nothing is pruned. */
const DENSE = { label: "Dense", light: "#24292f", dark: "#f0f3f6", shape: "cross" };

// Figures know no methods: they are told here how each is called and drawn.
defineSeries("dense", DENSE);
for (const method of METHODS.values()) showMethod(method);

/** Tells figures how a method is called and drawn; one without a style of its own gets a free one, under its label. */
export function showMethod({ name, label, style }: Method): void {
  if (style) defineSeries(name, { label, ...style });
  else labelSeries(name, label);
}

/** A method's name as the literature writes it. */
export const methodLabel: (method: string) => string = seriesLabel;
