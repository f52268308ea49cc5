import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import cliProgress from "cli-progress";
import { printable, shortName } from "@graphon-limit/runtime";
import { formatDuration, formatRate } from "@graphon-limit/study";

/** Where progress is shown: standard error, unless a test looks at it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What `createProgress` watches and how it shows it. */
export interface ProgressOptions {
  /** How many units of work there are. */
  readonly total: number;
  /** What is being done, in a word or three. */
  readonly label: string;
  /** Show nothing. */
  readonly quiet?: boolean | undefined;
  /** Default: standard error. */
  readonly stream?: ProgressStream | undefined;
  /** The time in milliseconds; for tests. */
  readonly clock?: (() => number) | undefined;
}

/** The progress of some work; ended by `done()` or the end of a `using` scope. */
export interface Progress extends Disposable {
  /** So many units are done; the note says what is at hand. */
  update(done: number, note?: string): void;
  /** The work has ended, whether finished or not. */
  done(): void;
}

/** Work shorter than this is not worth showing. */
const patience = 2000;
/** Away from a terminal, the least time between two lines. */
const lineInterval = 5000;

/**
 * Shows how far some work has got, on standard error: a live bar on a terminal, now and then a line elsewhere. Nothing
 * is shown of work that ends within two seconds, nor when quiet.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { total, quiet = false, stream = process.stderr, clock = () => performance.now() } = options;
  if (quiet) return { update() {}, done() {}, [Symbol.dispose]() {} };

  const start = clock(), label = shortName(options.label);
  const display = stream.isTTY ? liveBar(stream, label, total) : plainLines(stream, label, total);
  let state: ProgressState = { done: 0, note: "", elapsed: 0, over: false };
  const show = () => {
    state = { ...state, elapsed: clock() - start };
    if (state.elapsed >= patience) display.show(state);
  };
  // A single long step gives no occasion to show anything; the timer does.
  const timer = setTimeout(show, patience + 50);
  timer.unref();

  const done = () => {
    if (state.over) return;
    clearTimeout(timer);
    state = { ...state, over: true };
    show();
    display.close();
  };
  return {
    update(units, note = "") {
      if (state.over) return;
      state = { ...state, done: Math.min(Math.max(units, 0), total), note: printable(note) };
      show();
    },
    done,
    [Symbol.dispose]: done,
  };
}

interface ProgressState {
  readonly done: number;
  readonly note: string;
  /** Milliseconds since the work began. */
  readonly elapsed: number;
  /** No more work is coming, even if some was left. */
  readonly over: boolean;
}

interface Display {
  show(state: ProgressState): void;
  /** Called once, also where nothing has been shown. */
  close(): void;
}

/** Lines of plain text, the last one when the work ends. */
function plainLines(stream: ProgressStream, label: string, total: number): Display {
  let last = -Infinity;
  let lastDone = -1;
  return {
    show(state) {
      const due = state.elapsed - last >= lineInterval || (state.over && state.done !== lastDone);
      if (!due) return;
      last = state.elapsed;
      lastDone = state.done;
      const note = state.note === "" ? "" : `, ${state.note}`;
      stream.write(`${label}: ${state.done}/${total}${note}, ${describeTime(state, total)}\n`);
    },
    close() {},
  };
}

/** The part of cli-progress's bar that is used here. */
interface Bar {
  start(total: number, value: number, payload: object): void;
  update(value: number, payload: object): void;
  stop(): void;
}

function liveBar(stream: ProgressStream, label: string, total: number): Display {
  let bar: Bar | undefined;
  const payload = (state: ProgressState) => ({
    label,
    time: describeTime(state, total),
    note: state.note === "" ? "" : ` · ${state.note}`,
  });
  return {
    show(state) {
      if (bar === undefined) {
        const created: Bar = new cliProgress.SingleBar({
          stream,
          format: "{label} {bar} {value}/{total} · {time}{note}",
          barsize: 24,
          barCompleteChar: "█",
          barIncompleteChar: "░",
          hideCursor: false,
          emptyOnZero: true,
          // Its listeners would keep signals from ending the program.
          gracefulExit: false,
        });
        created.start(total, state.done, payload(state));
        bar = created;
      } else {
        bar.update(state.done, payload(state));
      }
    },
    close() {
      bar?.stop();
    },
  };
}

/** How long it has taken and, while there is work left, how long the rest will take at the same rate. */
function describeTime({ done, elapsed, over }: ProgressState, total: number): string {
  const seconds = elapsed / 1000;
  if (done === 0) return formatDuration(seconds);
  const rate = formatRate(done / seconds);
  if (over || done >= total) return `${rate}, ${formatDuration(seconds)}`;
  return `${rate}, ${formatDuration(seconds / done * (total - done))} left`;
}
