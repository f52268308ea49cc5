import type { Charts } from "../elements/chart.ts";
import type { Fields, Values } from "../state/fields.ts";
import type { Client } from "../worker/client.ts";
import type { DeviceFacts } from "../worker/protocol.ts";

/**
 * How a change of the state becomes part of the browser's history: as a step of its own, or, while something is dragged or plays, as
 * a new place of one step, which the next `push` ends.
 */
export type HistoryStep = "push" | "replace";

/** What a view is given by the page. */
export interface Stage<F extends Fields> {
  /** The view's own element, empty. */
  readonly root: HTMLElement;
  /** The worker that runs the library. */
  readonly library: Client;
  readonly device: DeviceFacts;
  /** The worker that draws charts. */
  readonly charts: Charts;
  /** Ends with the view: everything that it asks is taken back. */
  readonly signal: AbortSignal;
  /** Changes some values of the state; `update` is called with all of them, at once. */
  set(values: Partial<Values<F>>, step: HistoryStep): void;
  /** Says a line to the reader above the view, until the state changes: what was guessed, what failed. */
  say(line: string): void;
}

/** A view that is on the page. */
export interface Mounted<F extends Fields> {
  /** Shows a state: once after it was mounted, and whenever the state changes. It comes back at once. */
  update(values: Values<F>): void;
}

/** A part of the explorer with controls of its own. */
export interface View<F extends Fields> {
  /** As the address calls it. */
  readonly name: string;
  readonly title: string;
  /** What of the state is its own, which is all that its address says. */
  readonly fields: F;
  mount(stage: Stage<F>): Mounted<F>;
}

/** A view whatever its fields are, as the list has it. */
export type AnyView = View<Fields>;

/** Checks a view's parts against each other; the page asks of it no more than any view has. */
export function defineView<F extends Fields>(view: View<F>): AnyView {
  return view;
}
