import { handle } from "../../worker/serve.ts";
import { makeFilm } from "./film_handler.ts";
import { drawKernel } from "./kernel_handler.ts";
import { forecastRace, takeSteps } from "./race.ts";
import { film, forecasts, kernelPicture, steps } from "./requests.ts";

export const trainingHandlers = [
  handle(kernelPicture, drawKernel),
  handle(forecasts, forecastRace),
  handle(steps, takeSteps),
  handle(film, makeFilm),
];
