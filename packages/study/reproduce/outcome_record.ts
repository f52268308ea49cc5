/** One line of an experiment's numbers, for its CSV and JSON files. Every record of one experiment has the same fields. */
export type OutcomeRecord = Readonly<Record<string, string | number>>;
