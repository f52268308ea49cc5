/** A fraction of the ceiling below which an op's rate wants a reason. */
export const LOW = 0.1;

/** A launch alone, in milliseconds: what is done in less than some of them is bound by launching. */
const LAUNCH_MS = 0.02;

const BITS = "its traffic is bits, a 32nd of numbers', and the work is what is done to each";

/** Why ops that hold a GPU up do not come near the rate of a copy, or of a product. */
const REASONS: Readonly<Record<string, string>> = {
  bit_matmul:
    "visits set bits one after another, each an address that depends on the one before, for 16 columns; " +
    "its operations count what the mask removes too",
  bit_row_products:
    `${BITS}: an intersection, a population count and a sum of each word, by a quarter as many ` +
    "invocations as there are pairs of rows",
  column_degree: `${BITS}: each is added to the sum of its column`,
  density_histogram: `${BITS}: each is added to the cell of its row and column`,
  sample_mask: `${BITS}: a random number is drawn for each`,
  least_products:
    "its least product of two trajectories takes a comparison for each multiplication: fused ones have none",
  max_row_difference:
    "makes 32 differences of three loads, each with three tests of whether it counts: its arithmetic " +
    "binds, and its traffic is little",
  pair_products: "gathers two rows for each pair, whose products are short",
  reduce:
    "one workgroup does it all, for the same sum every time; of what fills a GPU rows are reduced first",
  scale_histogram:
    "adds to one of 65,536 counters, more than a workgroup's memory holds, and like magnitudes meet in one",
};

/** What is to say of an op's low rate. */
export function reasonOf(op: string, median: number): string {
  const brief = median < 2 * LAUNCH_MS ? "done in the time of a launch or two" : "no reason is known";
  return `${op}: ${REASONS[op] ?? brief}`;
}
