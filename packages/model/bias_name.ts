/** The name of a weight's bias beside its own: `layers.0.bias` beside `layers.0.weight`. */
export function biasNameOf(name: string): string {
  return /weight$/.test(name) ? name.replace(/weight$/, "bias") : `${name}.bias`;
}
