/** A stop of the guided tour: a few sentences, and the state of the page that they are about. */
export interface TourStep {
  readonly title: string;
  readonly text: string;
  /** The view, and all of its state. */
  readonly state: Readonly<Record<string, string | number>>;
}

/** A network of the view of masks, as most steps have it. */
function masks(method: string, sparsity: number, width: number, layer = 1): TourStep["state"] {
  return { view: "masks", method, width, depth: 3, sparsity, seed: 0, layer };
}

/** A network of the view of training. */
function training(
  part: "kernel" | "losses" | "film",
  method: string,
  sparsity: number,
  width: number,
): TourStep["state"] {
  return {
    ...{
      view: "training",
      part,
      method,
      width,
      depth: 3,
      sparsity,
      seed: 0,
      digits: 10,
      learnt: 4,
      steps: 100,
    },
    ...{ rate: 0.05, rates: "own", layer: 1, rounds: 100, schedule: "exponential", round: 100 },
  };
}

/** The tour, for someone who has never heard of graphons. What it says is so at these settings, as a test computes. */
export const TOUR: readonly TourStep[] = [
  {
    title: "A network with most of its weights gone",
    text:
      "A neural network is made of layers of neurons, and each neuron has a weight for every neuron of the layer before. " +
      "Pruning takes most of these weights away before the network has learnt anything. The mask says which stay: " +
      "each dot is a weight that is kept, rows are the neurons it leads to, columns those it comes from. " +
      "Here chance decided, and about one weight in five is left.",
    state: masks("random", 0.8, 64),
  },
  {
    title: "Sort the neurons",
    text:
      "The order of the neurons within a layer means nothing, so we may choose one: those that keep the most weights first. " +
      "For SNIP, a method that scores each weight by how much the loss would change without it, a shape appears: " +
      "a dense corner at the upper left, and nothing at the lower right.",
    state: masks("snip", 0.8, 256),
  },
  {
    title: "From a mask to a graphon",
    text: "Cut the sorted mask into 64 by 64 cells and colour each by the share of weights that it keeps. " +
      "That estimates a graphon: a function W(u, v) that says how likely the weight between the neuron at place u " +
      "and the neuron at place v is to be kept. It has no neurons in it any more, only places between 0 and 1, " +
      "so masks of different widths can be compared.",
    state: masks("snip", 0.8, 512),
  },
  {
    title: "Few neurons, much chance",
    text:
      "In a narrow network the picture is rough: with 64 neurons each cell shows a single weight, kept or not. " +
      "Beside it stands the limit graphon, what is left when chance is taken out. The distance between the two, and the noise floor, " +
      "the distance that chance alone would make, are both large here. Press Play and watch the points come down as the width grows.",
    state: masks("snip", 0.8, 64),
  },
  {
    title: "Many neurons: the limit",
    text:
      "Eight times as wide, the distance is about a tenth, and near its noise floor: what is left between mask and limit is hardly more " +
      "than chance. This is the graphon limit hypothesis, the first of the paper’s claims: as networks grow, " +
      "the masks of a method come nearer to one graphon of its own.",
    state: masks("snip", 0.8, 512),
  },
  {
    title: "Random pruning: a flat graphon",
    text:
      "Where chance keeps every weight alike, the limit is one colour: 20 % everywhere. The mask’s own graphon still brightens towards " +
      "the corner, because sorting lines up neurons that were lucky; the noise floor is that of unsorted chance, " +
      "so the distance stays a little above it.",
    state: masks("random", 0.8, 512),
  },
  {
    title: "Magnitude pruning: flat as well",
    text:
      "Magnitude pruning keeps the largest weights. At the beginning all weights of a layer are drawn by one law, " +
      "so which are large says nothing of the neurons, and the limit is flat again, though layers differ in how much they keep. " +
      "The paper claims that random and magnitude masks have constant graphons; both do.",
    state: masks("magnitude", 0.8, 512),
  },
  {
    title: "GraSP: graded, with hubs",
    text:
      "GraSP asks how removing a weight would change the flow of gradients. Like SNIP’s, its graphon falls from a corner of hubs, neurons " +
      "that keep most of their weights, to neurons that keep none. Both are graded, GraSP’s more gently: its densest cells keep " +
      "less than SNIP’s. That is the second claim.",
    state: masks("grasp", 0.8, 512),
  },
  {
    title: "SynFlow: a block, and dead neurons",
    text:
      "SynFlow sees no data. It prunes in a hundred rounds and keeps whole paths from inputs to outputs. " +
      "A block of neurons remains that are joined to each other, and many neurons keep nothing at all: of this layer’s inputs " +
      "more than half are dead, as the second claim has it.",
    state: masks("synflow", 0.9, 256),
  },
  {
    title: "The block takes shape",
    text:
      "The same in rounds, as a film: drag the round, or play it. At first all weights are there; the layer thins out, " +
      "and the corner where the strongest neurons meet stays far denser than the rest.",
    state: training("film", "synflow", 0.9, 256),
  },
  {
    title: "What a network can learn quickly",
    text:
      "Near its beginning a network learns almost as its tangent kernel says: the directions with large eigenvalues come first. " +
      "After SNIP’s pruning the five largest eigenvalues hold more of the kernel than after random pruning at the same sparsity. " +
      "The paper claims this of SNIP and SynFlow, growing with sparsity; with the weights that made the masks it is so here, " +
      "with weights drawn anew the project’s repetition could mostly not decide it.",
    state: training("kernel", "snip", 0.9, 256),
  },
  {
    title: "Larger, and hardly more concentrated",
    text:
      "After magnitude pruning the kernel is many times as large as after random pruning, since the weights that stay are the large ones. " +
      "The paper claims that its concentration is that of random pruning. With these weights it is a little higher, " +
      "much less than SNIP’s; over several seeds the project’s repetition could not decide.",
    state: training("kernel", "magnitude", 0.8, 256),
  },
  {
    title: "Does it learn better?",
    text:
      "Four masks of one network learn forty digits, each line beside what its kernel predicts. The paper claims that SNIP and SynFlow " +
      "lose less than random pruning. From these weights, drawn by He’s law, they do not: SNIP keeps what multiplies into outputs far from zero, " +
      "which the first steps must undo, while random pruning begins near zero. From PyTorch’s smaller weights the claim " +
      "held wherever the project’s repetition could decide it. Which choice a result stands on is worth knowing.",
    state: training("losses", "snip", 0.8, 128),
  },
  {
    title: "Now your own",
    text:
      "Drop masks of a network that you pruned, or its weights, and see what their graphons are. The files are read in your browser " +
      "and go nowhere. The arrow keys take you back; every state that you reach has an address of its own to share.",
    state: { view: "own" },
  },
];
