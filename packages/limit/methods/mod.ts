/** The limits that come with the library, each of which registers itself: a file, and a line here. */
export * from "./random.ts";
export * from "./magnitude.ts";
export * from "./snip.ts";
export * from "./grasp.ts";
export * from "./synflow.ts";
export * from "./uniform.ts";
export * from "./erk.ts";
export * from "./wanda.ts";
export * from "./fisher.ts";
export * from "./obd.ts";
export * from "./growth.ts";
export * from "./phew.ts";
