/** The version of the project that the page is of. */
export const VERSION = "0.1.0";
