import type { Chart } from "../../figures/requests.ts";
import { methodLabel } from "../methods.ts";
import type { LimitPicture, MaskParams, MaskPicture } from "./requests.ts";

/** The most points of a line: more than a chart has pixels. */
const MOST_POINTS = 200;

/** Pixels of the page under which charts stand below each other. */
const NARROW = 640;

/** The shares of weights that neurons keep, those of the mask and of the limit, sides apart. */
export function degreeChart(
  { method }: MaskParams,
  mask: MaskPicture,
  limit: LimitPicture | undefined,
  room: number,
): Chart {
  const name = methodLabel(method);
  return degreeProfiles([
    { name, variant: "mask", ...mask },
    ...(limit ? [{ name, variant: "limit", ...limit }] : []),
  ], room);
}

/** Shares of weights that neurons keep, in descending order. */
export interface DegreeProfile {
  readonly name: string;
  readonly variant: string;
  readonly outputDegrees: ArrayLike<number>;
  readonly inputDegrees: ArrayLike<number>;
}

/** Degree profiles, outputs and inputs in panels of their own. */
export function degreeProfiles(profiles: readonly DegreeProfile[], room: number): Chart {
  const line = ({ name, variant }: DegreeProfile, panel: string, degrees: ArrayLike<number>) => {
    const every = Math.ceil(degrees.length / MOST_POINTS), count = Math.ceil(degrees.length / every);
    const places = Array.from({ length: count }, (_, i) => i * every);
    return {
      ...{ name, panel, variant },
      x: places.map((place) => (place + 0.5) / degrees.length),
      y: places.map((place) => degrees[place]),
    };
  };
  return {
    kind: "lines",
    options: {
      series: profiles.flatMap((profile) => [
        line(profile, "outputs", profile.outputDegrees),
        line(profile, "inputs", profile.inputDegrees),
      ]),
      xLabel: "position by degree",
      yLabel: "share kept",
      yFormat: ".0%",
      panelColumns: room < NARROW ? 1 : 2,
      points: false,
      width: 220,
      height: 160,
    },
  };
}

/** One width's distance, as the plot has it. */
export type Measured = Pick<LimitPicture, "distance" | "noiseFloor">;

/** Distances to the limit against widths. */
export function distanceChart(
  { method }: MaskParams,
  measured: ReadonlyMap<number, Measured>,
  room: number,
): Chart {
  const points = [...measured].sort(([a], [b]) => a - b).map(([width, { distance, noiseFloor }]) => ({
    x: width,
    y: distance,
    floor: noiseFloor,
  }));
  return {
    kind: "convergence",
    options: {
      series: [{ name: methodLabel(method), points }],
      yLabel: "distance to the limit",
      width: Math.max(200, Math.min(480, room - 110)),
      height: 220,
    },
  };
}
