import { button } from "../../elements/controls.ts";
import { h } from "../../elements/dom.ts";
import { saveFile } from "../../elements/downloads.ts";
import { FileDrop } from "../../elements/file_drop.ts";
import { Latest } from "../../elements/latest.ts";
import { ProgressLine } from "../../elements/progress.ts";
import { methodLabel } from "../methods.ts";
import { defineView, type Mounted, type Stage } from "../view.ts";
import { ChosenFiles } from "./chosen_files.ts";
import { orderOf, OwnControls, ownFields, type OwnValues } from "./controls.ts";
import { OwnPictures } from "./pictures.ts";
import {
  type Answer,
  ownFile,
  type OwnLook,
  ownLook,
  type OwnParams,
  ownPicture,
  type Question,
} from "./requests.ts";

type OwnStage = Stage<typeof ownFields>;

/** What the reader drops: masks, weights, samples, and the pictures of them. */
class OwnPage implements Mounted<typeof ownFields> {
  readonly #stage: OwnStage;
  readonly #files = new ChosenFiles(() => this.#refresh());
  readonly #controls: OwnControls;
  readonly #notices = h("ul", { class: "notes" });
  readonly #question = h("div", { class: "question", role: "alert" });
  readonly #progress = new ProgressLine();
  readonly #pictures: OwnPictures;
  readonly #saves = h("p", { class: "saves", hidden: true });
  readonly #work: Latest;
  #values: OwnValues | undefined;

  constructor(stage: OwnStage) {
    this.#stage = stage;
    this.#work = new Latest(stage.signal);
    this.#controls = new OwnControls(stage.device.memoryBytes, stage.set);
    this.#pictures = new OwnPictures(stage, this.#progress.element);
    stage.root.append(
      h("h1", {}, "Your own network"),
      h(
        "p",
        { class: "lead" },
        "Drop the masks of a network that was pruned, or weights to prune here, and see what the graphons of its " +
          "layers are. With a method that reads data, drop samples too; without them it reads digits that the project draws.",
      ),
      new FileDrop(stage.root, (files) => this.#files.add(files)).element,
      this.#files.element,
      this.#question,
      this.#controls.element,
      this.#notices,
      this.#pictures.element,
      this.#saves,
    );
  }

  /** Loads what pictures are made with, before there is anything to make them of. */
  async prepare(): Promise<void> {
    try {
      await this.#stage.charts.prepare();
    } catch (error) {
      this.#stage.say(error instanceof Error ? error.message : String(error));
    }
  }

  update(values: OwnValues): void {
    this.#values = values;
    this.#controls.show(values);
    this.#refresh();
  }

  #params(values: OwnValues): OwnParams {
    const { method, sparsity, seed, activation, layout, dataset, width, depth } = values;
    return {
      ...{ files: this.#files.files, roles: this.#files.roles, order: orderOf(values), layout, dataset },
      ...{ method, sparsity, seed, activation, width, hidden: depth },
    };
  }

  #refresh(): void {
    const values = this.#values;
    if (!values) return;
    const params = this.#params(values);
    this.#pictures.age();
    this.#work.run((signal) => this.#show(values, params, signal)).catch((error) => {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.#fail(error);
    });
  }

  async #show(values: OwnValues, params: OwnParams, signal: AbortSignal): Promise<void> {
    const { library } = this.#stage;
    const look = params.files.length === 0
      ? { files: [], kind: undefined, layers: [], notices: [], question: undefined, failure: undefined }
      : await library.ask(ownLook, params, { signal });
    const layer = Math.min(values.layer, look.layers.length - 1);
    this.#files.show(look.files);
    this.#controls.offer(look, layer);
    this.#note(look.notices);
    this.#ask(look.question?.needed ? look.question : undefined, look.failure);
    if (look.kind === undefined || layer < 0) return this.#hide();
    const verb = look.kind === "masks" ? "Reading" : `Pruning by ${methodLabel(values.method)}`;
    const onProgress = this.#progress.begin(verb);
    try {
      const picture = await library.ask(ownPicture, { ...params, layer }, { signal, onProgress });
      this.#note([...new Set([...look.notices, ...picture.notices])]);
      this.#pictures.show(look.layers[layer], picture, look.kind);
      this.#offerFiles(look, params);
    } catch (error) {
      // What failed for want of an order can be asked.
      if (!signal.aborted && look.question) this.#ask(look.question, undefined);
      throw error;
    } finally {
      this.#progress.end();
    }
  }

  #fail(error: unknown): void {
    this.#hide();
    if (this.#question.childElementCount === 0) {
      this.#ask(undefined, error instanceof Error ? error.message : String(error));
    }
  }

  #hide(): void {
    this.#pictures.hide();
    this.#saves.hidden = true;
  }

  #note(lines: readonly string[]): void {
    this.#notices.replaceChildren(...lines.map((line) => h("li", {}, line)));
  }

  /** Asks what is to be decided, or says why there is no picture. */
  #ask(question: Question | undefined, failure: string | undefined): void {
    const line = question?.line ?? failure;
    this.#question.replaceChildren(
      ...line === undefined ? [] : [h("p", {}, line)],
      ...question ? [h("p", { class: "answers" }, ...question.answers.map((one) => this.#answer(one)))] : [],
    );
  }

  #answer({ label, order, layout, roles }: Answer): HTMLElement {
    return button(label, () => {
      if (roles) this.#files.take(roles);
      else {
        this.#stage.set({
          ...order ? { order: order.join(",") } : {},
          ...layout ? { layout } : {},
        }, "push");
      }
    });
  }

  /** Offers what the commands would write. */
  #offerFiles({ kind }: OwnLook, params: OwnParams): void {
    const offer = (of: "masks" | "graphons") =>
      button(`Download all ${of} (safetensors)`, () => void this.#save(params, of));
    this.#saves.replaceChildren(...kind === "masks" ? [] : [offer("masks"), " "], offer("graphons"));
    this.#saves.hidden = false;
  }

  async #save(params: OwnParams, of: "masks" | "graphons"): Promise<void> {
    const onProgress = this.#progress.begin(`Writing ${of}`);
    try {
      const { library, signal } = this.#stage;
      const bytes = await library.ask(ownFile, { ...params, of }, { signal, onProgress });
      saveFile(new Blob([bytes]), `${of}.safetensors`);
    } catch (error) {
      if (!this.#stage.signal.aborted) this.#fail(error);
    } finally {
      this.#progress.end();
    }
  }
}

export const ownView = defineView({
  name: "own",
  title: "Your own",
  fields: ownFields,
  mount(stage: OwnStage) {
    const page = new OwnPage(stage);
    void page.prepare();
    return page;
  },
});
