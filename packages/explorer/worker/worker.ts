/**
 * The worker that runs the library: the device lives here, and all that computes.
 *
 * @module
 */
import { maskHandlers } from "../views/masks/handlers.ts";
import { ownHandlers } from "../views/own/handlers.ts";
import { trainingHandlers } from "../views/training/handlers.ts";
import { openLab } from "./lab.ts";
import { serve, type WorkerScope } from "./serve.ts";

const handlers = [...maskHandlers, ...trainingHandlers, ...ownHandlers];

serve(globalThis as unknown as WorkerScope, handlers, openLab);
