import { readAddress, writeAddress } from "../state/address.ts";
import { choiceField, type Fields, type FieldValue, type Values, wholeField } from "../state/fields.ts";
import { TOUR } from "../tour/steps.ts";
import type { AnyView, HistoryStep } from "../views/view.ts";
import type { DeviceChoice } from "../worker/protocol.ts";

/** Milliseconds between two changes of the address while something is dragged: browsers refuse more than a few a second. */
const REPLACE_MS = 300;

/** What the page shows. */
export interface Place {
  readonly view: AnyView;
  readonly device: DeviceChoice;
  /** The step of the guided tour, from 1 on; 0 where there is none. */
  readonly tour: number;
  readonly values: Readonly<Record<string, FieldValue>>;
  /** What the address says that cannot be shown. */
  readonly problems: readonly string[];
}

/** The state of the page, which is that of its address. */
export class Navigation {
  readonly #views: readonly AnyView[];
  readonly #listeners: ((place: Place) => void)[] = [];
  #place: Place;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dragging = false;

  constructor(views: readonly AnyView[]) {
    this.#views = views;
    this.#place = this.#read();
    addEventListener("popstate", () => {
      this.#forget();
      this.#dragging = false;
      this.#place = this.#read();
      this.#tell();
    });
  }

  get place(): Place {
    return this.#place;
  }

  /** Has `listener` told every new place. */
  listen(listener: (place: Place) => void): void {
    this.#listeners.push(listener);
  }

  /** Changes values of the view that is shown. */
  set(changed: Partial<Values<Fields>>, step: HistoryStep): void {
    const values = { ...this.#place.values };
    for (const [name, value] of Object.entries(changed)) if (value !== undefined) values[name] = value;
    this.#place = { ...this.#place, values, problems: [] };
    this.#write(step);
    this.#tell();
  }

  /** The address of a view in its initial state, or in the one that is shown if it is that view's. */
  addressOf(view: AnyView): string {
    const { device, tour, view: shown, values } = this.#place;
    const initial = Object.fromEntries(
      Object.entries(view.fields).map(([name, field]) => [name, field.initial]),
    );
    const own = view === shown ? { tour, ...values } : { tour: 0, ...initial };
    return writeAddress({ view: view.name, device, ...own }, this.#fieldsOf(view));
  }

  /** The address of a step of the guided tour; of 0, that of the state that is shown, without the tour. */
  addressOfStep(step: number): string {
    const { device, view: shown, values } = this.#place, state = TOUR[step - 1]?.state;
    const view = this.#views.find(({ name }) => name === state?.["view"]) ?? shown;
    const chosen = Object.fromEntries(
      Object.entries(view.fields).map(([name, field]) => [name, state?.[name] ?? field.initial]),
    );
    const own = state ? chosen : values;
    return writeAddress({ view: view.name, device, tour: step, ...own }, this.#fieldsOf(view));
  }

  /** Goes to an address of this page. */
  go(address: string): void {
    this.#forget();
    this.#dragging = false;
    history.pushState(null, "", address);
    this.#place = this.#read();
    this.#tell();
  }

  #read(): Place {
    const query = new URLSearchParams(location.search);
    const named = this.#views.find(({ name }) => name === query.get("view")), view = named ?? this.#views[0];
    const { values, problems } = readAddress(query, this.#fieldsOf(view));
    const { view: _view, device, tour, ...own } = values;
    return { view, device: device as DeviceChoice, tour: Number(tour), values: own, problems };
  }

  #fieldsOf(view: AnyView): Fields {
    return {
      view: choiceField(this.#views[0].name, this.#views.map(({ name }) => name)),
      device: choiceField<DeviceChoice>("auto", ["auto", "webgpu", "cpu"]),
      tour: wholeField({ initial: 0, low: 0, high: TOUR.length }),
      ...view.fields,
    };
  }

  /** A drag is one step of the history, which begins with its first value and ends with its last. */
  #write(step: HistoryStep): void {
    const begins = !this.#dragging, address = () => this.addressOf(this.#place.view);
    this.#dragging = step === "replace";
    if (begins) return history.pushState(null, "", address());
    const replace = () => {
      this.#forget();
      history.replaceState(null, "", address());
    };
    if (step === "replace") this.#timer ??= setTimeout(replace, REPLACE_MS);
    else replace();
  }

  /** Leaves the address as it is, whatever was to be written. */
  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#place);
  }
}
