import { masksView } from "./masks/view.ts";
import { ownView } from "./own/view.ts";
import { trainingView } from "./training/view.ts";
import type { AnyView } from "./view.ts";

/** The views, in the order in which the page offers them; the first is shown where the address names none. */
export const VIEWS: readonly AnyView[] = [masksView, trainingView, ownView];
