import { h } from "./dom.ts";

/** A file and its path below what was dropped. */
export interface DroppedFile {
  readonly path: string;
  readonly file: File;
}

/** A place that files and folders are dropped on, and a button to choose them by. */
export class FileDrop {
  readonly element: HTMLElement;

  /**
   * @param root what takes files that are dropped on it
   * @param take told what was dropped or chosen
   */
  constructor(root: HTMLElement, take: (files: readonly DroppedFile[]) => void) {
    const input = h("input", {
      ...{ id: "own-files", type: "file", multiple: true, "aria-describedby": "own-hint" },
      onchange: () => {
        take([...input.files ?? []].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
        // The same file may be chosen again when it has changed.
        input.value = "";
      },
    });
    this.element = h(
      "div",
      { class: "drop" },
      h("label", { for: "own-files" }, "Choose files, or drop files or a folder here"),
      input,
      h(
        "p",
        { id: "own-hint", class: "readout" },
        "Weights or masks: safetensors (one file or all of its parts with their index), NPZ, NPY. " +
          "Samples to score on: NPZ or safetensors with x and y; MNIST’s and its relatives’ files, .gz or not. " +
          "They are read here, in your browser, and go nowhere.",
      ),
    );
    root.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.element.classList.add("over");
    });
    root.addEventListener("dragleave", () => this.element.classList.remove("over"));
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.element.classList.remove("over");
      // Entries are gone when the event is over.
      const found = [...event.dataTransfer?.items ?? []].map((item) => {
        const entry = item.webkitGetAsEntry(), file = item.getAsFile();
        return entry ? filesIn(entry) : Promise.resolve(file ? [{ path: file.name, file }] : []);
      });
      void Promise.all(found).then((files) => take(files.flat()));
    });
  }
}

/** The files of what was dropped, those of folders with their paths. */
async function filesIn(entry: FileSystemEntry): Promise<DroppedFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader(), found: DroppedFile[] = [];
  // A reader tells a hundred at a time.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
    if (entries.length === 0) return found;
    for (const each of entries) found.push(...await filesIn(each));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
