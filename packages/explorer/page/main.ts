/**
 * The page: its head and foot, the two workers, and the view that the address names.
 *
 * @module
 */
import { Charts } from "../elements/chart.ts";
import { h } from "../elements/dom.ts";
import { VIEWS } from "../views/views.ts";
import type { AnyView, Mounted } from "../views/view.ts";
import type { Fields } from "../state/fields.ts";
import { Client, type Port } from "../worker/client.ts";
import type { DeviceChoice, DeviceFacts } from "../worker/protocol.ts";
import { TourPanel } from "../tour/panel.ts";
import { Navigation, type Place } from "./navigation.ts";

/** Starts a worker that lies beside this module. */
function startWorker(file: string, device: DeviceChoice): Client {
  const worker = new Worker(new URL(file, import.meta.url), { type: "module" });
  // A worker's events are more than is used of them.
  return new Client(worker as Port, device);
}

/** The element of the document with that id. */
function part(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new TypeError(`Expected an element ${id} in the document`);
  return element;
}

/** A view on the page, and what ends it. */
interface Shown {
  readonly view: AnyView;
  readonly mounted: Mounted<Fields>;
  readonly end: AbortController;
}

/** What the page calls its device. */
function nameOf({ kind, software, name }: DeviceFacts): string {
  if (kind === "cpu") return name;
  return software ? `${name}, a software adapter of WebGPU's` : `your GPU, ${name}`;
}

class Page {
  readonly #navigation = new Navigation(VIEWS);
  readonly #library: Client;
  readonly #charts: Charts;
  readonly #device: DeviceChoice;
  readonly #tour = new TourPanel({
    go: (step) => this.#navigation.go(this.#navigation.addressOfStep(step)),
    isAtStep: () => {
      const { place } = this.#navigation;
      return this.#navigation.addressOf(place.view) === this.#navigation.addressOfStep(place.tour);
    },
  });
  readonly #links = VIEWS.map((view) => this.#link(view.title, () => this.#navigation.addressOf(view)));
  readonly #tourLink = this.#link(
    "Guided tour",
    () => this.#navigation.addressOfStep(this.#navigation.place.tour || 1),
  );
  #facts: DeviceFacts | undefined;
  #shown: Shown | undefined;
  /** The lines above the view. */
  #said: readonly string[] = [];

  constructor() {
    const { device } = this.#navigation.place;
    this.#device = device;
    this.#library = startWorker("./worker.js", device);
    this.#charts = new Charts(startWorker("./figures.js", device));
    this.#navigation.listen((place) => this.#show(place));
    this.#library.opened.then((facts) => this.#begin(facts!), (error) => this.#refuse(error));
    this.#say(this.#navigation.place.problems);
    part("views").append(...this.#links, this.#tourLink);
    this.#linkViews();
    part("view").before(this.#tour.element);
    this.#tour.follow(part("view"));
    this.#tour.show(this.#navigation.place.tour);
  }

  #begin(facts: DeviceFacts): void {
    this.#facts = facts;
    part("device").textContent = `Computed in this browser on ${nameOf(facts)} (${facts.why}).`;
    this.#show(this.#navigation.place);
  }

  /** Says that there is no such device, and where the page works. */
  #refuse(error: Error): void {
    const query = new URLSearchParams(location.search);
    query.set("device", "cpu");
    part("device").replaceChildren(
      `${error.message}. `,
      h("a", { href: `?${query}` }, "Compute without a GPU"),
    );
  }

  #show(place: Place): void {
    // The device is chosen when the page is loaded.
    if (place.device !== this.#device) return location.reload();
    this.#linkViews();
    this.#tour.show(place.tour);
    this.#say(place.problems);
    if (!this.#facts) return;
    if (this.#shown?.view !== place.view) this.#mount(place.view, this.#facts);
    this.#shown!.mounted.update(place.values);
  }

  #mount(view: AnyView, device: DeviceFacts): void {
    this.#shown?.end.abort(new DOMException("The view was left", "AbortError"));
    const end = new AbortController(), root = h("div", { class: `view view-${view.name}` });
    part("view").replaceChildren(root);
    document.title = `${view.title} · graphon-limit`;
    const mounted = view.mount({
      ...{ root, library: this.#library, charts: this.#charts, device, signal: end.signal },
      set: (values, step) => {
        if (!end.signal.aborted) this.#navigation.set(values, step);
      },
      say: (line) => this.#say([...this.#said, line]),
    });
    this.#shown = { view, mounted, end };
  }

  /** Has the links to the views lead to the states that these would have. */
  #linkViews(): void {
    VIEWS.forEach((view, at) => {
      const link = this.#links[at];
      link.href = this.#navigation.addressOf(view);
      if (view === this.#navigation.place.view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    this.#tourLink.href = this.#navigation.addressOfStep(this.#navigation.place.tour || 1);
  }

  /** A link within the page, which need not be loaded again. */
  #link(title: string, address: () => string): HTMLAnchorElement {
    return h("a", {
      onclick: (event) => {
        const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
        if (ctrlKey || metaKey || shiftKey) return;
        event.preventDefault();
        this.#navigation.go(address());
      },
    }, title);
  }

  #say(lines: readonly string[]): void {
    this.#said = lines;
    part("notices").replaceChildren(...lines.map((line) => h("p", {}, line)));
  }
}

new Page();
