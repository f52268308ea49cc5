import { InvalidArgumentError, show } from "@graphon-limit/runtime";

/** Characters that mean something in HTML and XML, between tags and in double-quoted attributes. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const CHARACTERS = new Map(Object.entries(ENTITIES).map(([character, entity]) => [entity, character]));

/** Escapes text for HTML and XML. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** What an SVG's root says in `aria-label` of what it shows, or undefined where it says nothing. */
export function svgLabel(svg: string): string | undefined {
  const label = /^\s*<svg\b[^>]*\saria-label="([^"]+)"/.exec(svg)?.[1];
  return label?.replace(/&[a-z#\d]+;/g, (entity) => CHARACTERS.get(entity) ?? entity);
}

/** Prefixes every id of an SVG, and every reference to one, so that several fit into one page. */
export function prefixIds(svg: string, prefix: string): string {
  return renameIds(svg, (id) => prefix + id);
}

/** Numbers an SVG's ids in order of appearance: Vega counts them through the life of the program. */
export function numberIds(svg: string, prefix: string): string {
  const ids = new Map<string, string>();
  for (const [, id] of svg.matchAll(/\sid="([^"]*)"/g)) ids.set(id, `${prefix}${ids.size + 1}`);
  return renameIds(svg, (id) => ids.get(id) ?? id);
}

function renameIds(svg: string, rename: (id: string) => string): string {
  return svg.replace(
    /(\sid="|url\(#|\s(?:xlink:)?href="#)([^")]*)/g,
    (_, before: string, id: string) => before + rename(id),
  );
}

/** Sets attributes of an SVG's root element, in place of those it has of the same names. */
export function setRootAttributes(svg: string, attributes: Readonly<Record<string, string>>): string {
  const root = /^\s*<svg\b[^>]*>/.exec(svg)?.[0];
  if (root === undefined) {
    throw new InvalidArgumentError("A figure's text does not start with <svg: expected an SVG");
  }
  let opening = root;
  for (const [name, value] of Object.entries(attributes)) {
    opening = opening.replace(new RegExp(`\\s${name}="[^"]*"`), "");
    opening = opening.replace(
      /\s*(\/?)>$/,
      (_, slash: string) => ` ${name}="${escapeMarkup(value)}"${slash}>`,
    );
  }
  return opening + svg.slice(root.length);
}

/** An SVG's size in pixels by its root's `width` and `height`, or undefined where it does not say. */
export function svgSize(svg: string): { width: number; height: number } | undefined {
  const root = /<svg\b[^>]*>/.exec(svg)?.[0] ?? "";
  const width = Number(/\swidth="([\d.]+)(?:px)?"/.exec(root)?.[1]);
  const height = Number(/\sheight="([\d.]+)(?:px)?"/.exec(root)?.[1]);
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** A tag with its attributes, wherever it stands: what is escaped holds no `<`. */
const TAG = /<([^\s<>/"']+)((?:[^"'<>]|"[^"]*"|'[^']*')*)(>?)/g;
const ATTRIBUTE = /([^\s"'/=]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+)))?/g;

/** Elements that run something or hold another language. */
const FORBIDDEN = /^(?:[^:]*:)?(?:script|foreignObject|iframe|object|embed)$/i;

/** Attributes whose text is only read out. */
const SPOKEN = /^(?:aria-[\w-]+|role|id|class|lang|title)$/i;

/**
 * Rejects an SVG that would run something or load something when a page shows it. Text and labels may say what they like: a name
 * with ` onerror=` in it is a name.
 *
 * @throws {InvalidArgumentError} naming what was found.
 */
export function checkSelfContained(svg: string): void {
  for (const [, element, attributes, end] of svg.matchAll(TAG)) {
    // What is malformed a page may read otherwise.
    if (end === "" || /^[!?]/.test(element) || FORBIDDEN.test(element)) throw unsafe(`<${element}`);
    for (const [whole, name, double, single, bare] of attributes.matchAll(ATTRIBUTE)) {
      const value = double ?? single ?? bare ?? "";
      const loads = /^(?:.*:)?(?:href|src)$/i.test(name) && !/^(?:#|data:)/i.test(value);
      if (/^on/i.test(name) || loads || (!SPOKEN.test(name) && refersOutside(value))) throw unsafe(whole);
    }
  }
  for (const [, style] of svg.matchAll(/<style\b[^>]*>([^<]*)/gi)) {
    if (/@import\b/i.test(style) || refersOutside(style)) throw unsafe("<style> that loads something");
  }
}

/** Whether some style refers to anything but parts of the figure itself. */
function refersOutside(style: string): boolean {
  return /url\(\s*["']?(?!#|data:|["'])/i.test(style);
}

function unsafe(found: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `A figure contains ${show(found)}: expected neither scripts nor outside files`,
  );
}
