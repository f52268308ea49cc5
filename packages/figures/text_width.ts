/** Advance widths in a common sans-serif face, in thousandths of the font size. */
const defaultAdvance = 570;
const advances = new Map<string, number>([
  ..." .,:;'|!ijl·".split("").map((character): [string, number] => [character, 270]),
  ..."frt()[]/-I".split("").map((character): [string, number] => [character, 360]),
  ..."0123456789".split("").map((character): [string, number] => [character, 610]),
  ..."ABCDEFGHKLNOPQRSTUVXYZ&".split("").map((character): [string, number] => [character, 690]),
  ..."mwMW@%".split("").map((character): [string, number] => [character, 860]),
]);

/** The approximate width of a line of text, in pixels. */
export function textWidth(text: string, fontSize: number, bold: boolean): number {
  let thousandths = 0;
  for (const character of text) thousandths += advances.get(character) ?? defaultAdvance;
  return thousandths / 1000 * fontSize * (bold ? 1.06 : 1);
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/**
 * Has Vega measure text with `textWidth`. Without a canvas it takes every character for 0.8 em wide, which pushes titles
 * and legends far away from what they belong to.
 */
export function measureTextWithoutCanvas(vega: object): void {
  const metrics: unknown = Reflect.get(vega, "textMetrics");
  if (typeof metrics !== "object" || metrics === null) return;
  Reflect.set(metrics, "width", (item: TextItem, line: unknown) => {
    const bold = item.fontWeight === "bold" || Number(item.fontWeight) >= 600;
    return textWidth(line === null || line === undefined ? "" : String(line), item.fontSize ?? 11, bold);
  });
}
