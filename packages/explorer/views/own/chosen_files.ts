import type { DroppedFile } from "../../elements/file_drop.ts";
import { button } from "../../elements/controls.ts";
import { h } from "../../elements/dom.ts";
import type { FileFacts, GivenFile, Role } from "./requests.ts";
import { bytesInWords, ROLE_WORDS } from "./words.ts";

/** The files that were dropped so far, what each is taken for, and what changes that. */
export class ChosenFiles {
  readonly element = h("div", { class: "files", hidden: true });
  readonly #changed: () => void;
  readonly #files = new Map<string, DroppedFile>();
  #roles: Readonly<Record<string, Role>> = {};

  /** @param changed told that there are other files, or that one is taken for something else */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get files(): readonly GivenFile[] {
    const files = [...this.#files.values()], common = commonFolder(files.map(({ path }) => path));
    return files.map(({ path, file }) => ({
      path: path.slice(common.length),
      content: file,
      changed: file.lastModified,
    }));
  }

  /** What was said about files, by path. */
  get roles(): Readonly<Record<string, Role>> {
    return this.#roles;
  }

  /** Adds files; those of the same names take the place of others. */
  add(files: readonly DroppedFile[]): void {
    if (files.length === 0) return;
    for (const each of files) this.#files.set(each.path, each);
    this.#changed();
  }

  take(roles: Readonly<Record<string, Role>>): void {
    this.#roles = { ...this.#roles, ...roles };
    this.#changed();
  }

  show(facts: readonly FileFacts[]): void {
    this.element.hidden = facts.length === 0;
    const rows = facts.map(({ path, bytes, what, role, choices }) => {
      const select = h(
        "select",
        {
          "aria-label": `What ${path} is taken for`,
          onchange: () => this.take({ [path]: choices[select.selectedIndex] }),
        },
        ...choices.map((choice) => h("option", {}, ROLE_WORDS[choice])),
      );
      select.selectedIndex = choices.indexOf(role);
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, path),
        h("td", {}, `${bytesInWords(bytes)}, ${what}`),
        h("td", {}, choices.length > 1 ? select : ROLE_WORDS[role]),
      );
    });
    const heading = (text: string) => h("th", { scope: "col" }, text);
    this.element.replaceChildren(
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, heading("file"), heading("holds"), heading("taken for"))),
        h("tbody", {}, ...rows),
      ),
      button("Remove all files", () => {
        this.#files.clear();
        this.#roles = {};
        this.#changed();
      }),
    );
  }
}

/** The folder that all paths are below, with the slash at its end; none where they are in several. */
function commonFolder(paths: readonly string[]): string {
  const [first = ""] = paths, folders = first.split("/").slice(0, -1);
  while (folders.length > 0 && !paths.every((path) => path.startsWith(`${folders.join("/")}/`))) {
    folders.pop();
  }
  return folders.length > 0 ? `${folders.join("/")}/` : "";
}
