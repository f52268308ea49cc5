import { defineSeries, seriesLabel } from "@graphon-limit/figures";
import { METHODS } from "@graphon-limit/pruners";

/** What stands in a method's place where nothing is pruned. */
const DENSE = { label: "Dense", light: "#24292f", dark: "#f0f3f6", shape: "cross" };

// Figures know no methods: they are told here how each is called and drawn.
defineSeries("dense", DENSE);
for (const { name, label, style } of METHODS.values()) {
  if (style) defineSeries(name, { label, ...style });
}

/** A method's name as the literature writes it. */
export const methodLabel: (method: string) => string = seriesLabel;
