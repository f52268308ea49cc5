import type { HistoryStep } from "../views/view.ts";
import { h } from "./dom.ts";

/** A control on the page. */
export interface Control<T> {
  readonly element: HTMLElement;
  /** Shows a value, without telling anybody. */
  show(value: T): void;
}

/** A slider, whose stops may become others. */
export interface Slider extends Control<number> {
  /** Offers other stops from now on; what it shows is to be shown again. */
  offer(stops: readonly number[]): void;
}

/** Told a new value: `replace` while it is being dragged, `push` when it is let go. */
export type Listener<T> = (value: T, step: HistoryStep) => void;

let controls = 0;

/** An id of its own for a control. */
function newId(): string {
  return `control-${++controls}`;
}

/** One of some names. */
export function choiceControl<T extends string>(
  label: string,
  choices: readonly { readonly value: T; readonly label: string }[],
  listen: Listener<T>,
): Control<T> {
  const id = newId();
  const select = h(
    "select",
    { id, onchange: () => listen(choices[select.selectedIndex].value, "push") },
    ...choices.map(({ value, label }) => h("option", { value }, label)),
  );
  return {
    element: h("div", { class: "control" }, h("label", { for: id }, label), select),
    show: (value) => select.selectedIndex = choices.findIndex((choice) => choice.value === value),
  };
}

/**
 * A slider over some values in ascending order, and what it shows as text. A value between two of them, as an address may have it,
 * is shown at the nearest and written as it is.
 */
export function sliderControl(
  label: string,
  { stops, format }: { readonly stops: readonly number[]; readonly format: (value: number) => string },
  listen: Listener<number>,
): Slider {
  const id = newId(), output = h("output", { for: id });
  let offered = stops;
  const tell = (step: HistoryStep) => {
    const value = offered[Number(slider.value)];
    write(value);
    listen(value, step);
  };
  const slider = h("input", {
    ...{ id, type: "range", min: 0, max: stops.length - 1, step: 1 },
    oninput: () => tell("replace"),
    onchange: () => tell("push"),
  });
  function write(value: number): void {
    output.textContent = format(value);
    slider.setAttribute("aria-valuetext", format(value));
  }
  return {
    element: h("div", { class: "control" }, h("label", { for: id }, label), output, slider),
    show(value) {
      const nearest = offered.reduce(
        (best, stop, at) => Math.abs(stop - value) < Math.abs(offered[best] - value) ? at : best,
        0,
      );
      slider.value = String(nearest);
      write(value);
    },
    offer(stops) {
      offered = stops;
      slider.max = String(stops.length - 1);
    },
  };
}

/** A whole number that is typed, such as a seed. */
export function numberControl(
  label: string,
  { low, high }: { readonly low: number; readonly high: number },
  listen: Listener<number>,
): Control<number> {
  const id = newId();
  const input = h("input", {
    ...{ id, type: "number", min: low, max: high, step: 1, required: true },
    onchange: () => {
      if (input.reportValidity()) listen(input.valueAsNumber, "push");
    },
  });
  return {
    element: h("div", { class: "control" }, h("label", { for: id }, label), input),
    show: (value) => input.valueAsNumber = value,
  };
}

/** A text that is typed. */
export function textControl(label: string, listen: Listener<string>): Control<string> {
  const id = newId();
  const input = h("input", {
    ...{ id, type: "text", autocomplete: "off", spellcheck: "false" },
    onchange: () => listen(input.value, "push"),
  });
  return {
    element: h("div", { class: "control" }, h("label", { for: id }, label), input),
    show: (value) => input.value = value,
  };
}

/** Something to press. */
export function button(label: string, press: () => void): HTMLButtonElement {
  return h("button", { type: "button", onclick: press }, label);
}
