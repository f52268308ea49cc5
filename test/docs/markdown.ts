/** A fenced block of a Markdown document. */
export interface Block {
  /** The first word after the fence: `sh`, `ts`, `python`, `text`. */
  readonly language: string;
  /** What else stands after the fence. */
  readonly attributes: string;
  readonly text: string;
  /** The document's line that the fence is on, from 1. */
  readonly line: number;
  /** What an HTML comment right before the block says. */
  readonly comment: string | undefined;
  /** Whether nothing but blank lines lies between this block and the one before. */
  readonly adjacent: boolean;
}

/** The fenced blocks of a document, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [], lines = markdown.split("\n");
  let comment: string | undefined, adjacent = false;
  for (let at = 0; at < lines.length; at++) {
    const fence = lines[at].match(/^\s*(`{3,})(\S*)\s*(.*)$/);
    if (!fence) {
      if (lines[at].trim() === "") continue;
      comment = lines[at].match(/^<!--\s*(.*?)\s*-->$/)?.[1];
      adjacent = false;
      continue;
    }
    const end = lines.findIndex((line, i) => i > at && line.trim() === fence[1]);
    if (end < 0) throw new Error(`the fence of line ${at + 1} is not closed`);
    const [, , language, attributes] = fence, text = lines.slice(at + 1, end).join("\n");
    blocks.push({ language, attributes, text, line: at + 1, comment, adjacent });
    comment = undefined;
    adjacent = true;
    at = end;
  }
  return blocks;
}

/** The document without its fenced blocks and inline code, line by line. */
export function proseOf(markdown: string): string[] {
  let fence: string | undefined;
  return markdown.split("\n").map((line) => {
    const found = line.match(/^\s*(`{3,})/)?.[1];
    if (fence === undefined && found) {
      fence = found;
      return "";
    }
    if (fence !== undefined) {
      if (line.trim() === fence) fence = undefined;
      return "";
    }
    return line;
  });
}

/** A link: what it is written on, and where it leads. */
export interface Link {
  readonly text: string;
  readonly target: string;
  readonly line: number;
}

/** The links of a document, images among them. */
export function linksOf(markdown: string): Link[] {
  return proseOf(markdown).flatMap((line, at) =>
    [...line.matchAll(/\[((?:`[^`]*`|[^\]`])*)\]\(([^)\s]+)\)/g)].map(([, text, target]) => ({
      text,
      target,
      line: at + 1,
    }))
  );
}

/** The anchors that a document's headings make, as GitHub names them. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseOf(markdown)) {
    const heading = line.match(/^#+\s+(.*)$/)?.[1];
    if (heading === undefined) continue;
    const slug = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let name = slug;
    for (let count = 1; anchors.has(name); count++) name = `${slug}-${count}`;
    anchors.add(name);
  }
  return anchors;
}
