import { DEFAULT_GRID } from "@graphon-limit/graphon";
import { ACTIVATIONS, INITIALISERS } from "@graphon-limit/model";
import { keptFractions, SCOPES, TIE_RULES } from "@graphon-limit/pruners";
import { assertCount, InvalidArgumentError, show } from "@graphon-limit/runtime";
import { type Limit, takesRounds } from "./limit.ts";
import {
  CELL_RULES,
  LIMIT_ORDERS,
  type LimitNetwork,
  type LimitOptions,
  type LimitPlan,
  type MaskOptions,
  type MaskPlan,
} from "./options.ts";

/** Fills in what was left out. @throws {InvalidArgumentError} saying which value is not acceptable */
export function planLimit(limit: Limit, network: LimitNetwork, options: LimitOptions): LimitPlan {
  assertNetwork(network);
  const { types = limit.types, outputs } = options, endless = network.width === Infinity;
  const { order = endless ? "strict" : "finite" } = options;
  const plan = planMasks(limit, network.inputs, options), { batch } = plan;
  if (!LIMIT_ORDERS.includes(order)) {
    throw new InvalidArgumentError(
      `Expected an order of ${LIMIT_ORDERS.join(", ")} but found ${show(order)}`,
    );
  }
  if (endless && order === "finite") {
    throw new InvalidArgumentError("Expected a finite width for the order finite but found Infinity");
  }
  assertCount("the types", types, 1);
  if (outputs && outputs.length !== network.classes * (batch?.inputs.cols ?? 0)) {
    throw new InvalidArgumentError(
      `Expected outputs of ${network.classes} classes for each sample of the batch but found ${outputs.length} numbers`,
    );
  }
  return { ...plan, order, types, outputs };
}

/** The same of what masks and their graphons alone depend on. @param inputs how many numbers a sample has */
export function planMasks(limit: Limit, inputs: number, options: MaskOptions): MaskPlan {
  const { method } = limit, { sparsity, batch } = options;
  const { scope = "global", schedule = "exponential", ties = "hash", grid = DEFAULT_GRID } = options;
  const { rounds = method.rounds ?? 1, cells = "area" } = options;
  // Throws for a sparsity, number of rounds or schedule that there is not.
  keptFractions(sparsity, rounds, schedule);
  assertCount("the grid", grid, 1);
  if (!SCOPES.includes(scope)) {
    throw new InvalidArgumentError(`Expected a scope of ${SCOPES.join(", ")} but found ${show(scope)}`);
  }
  if (!TIE_RULES.includes(ties)) {
    throw new InvalidArgumentError(`Expected ties of ${TIE_RULES.join(", ")} but found ${show(ties)}`);
  }
  if (!CELL_RULES.includes(cells)) {
    throw new InvalidArgumentError(`Expected cells by ${CELL_RULES.join(", ")} but found ${show(cells)}`);
  }
  if (!takesRounds(limit, rounds)) {
    throw new InvalidArgumentError(
      `Expected one round of ${method.name}, whose limit is known, but found ${rounds}`,
    );
  }
  if (method.reads === "samples") assertSamples(method.name, inputs, batch);
  return { sparsity, scope, rounds, schedule, ties, batch, grid: { cells: grid, by: cells } };
}

function assertSamples(method: string, inputs: number, batch: MaskOptions["batch"]): void {
  if (!batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${method}, which reads data, but found none`,
    );
  }
  if (batch.inputs.rows !== inputs) {
    throw new InvalidArgumentError(
      `Expected samples of ${inputs} numbers, the network's inputs, but found ${batch.inputs.describe()}`,
    );
  }
}

function assertNetwork({ inputs, hidden, classes, width, ...laws }: LimitNetwork): void {
  assertCount("the inputs", inputs, 1);
  assertCount("the hidden layers", hidden, 1);
  assertCount("the classes", classes, 1);
  if (width !== Infinity) assertCount("the width", width, 1);
  const { activation = "relu", initialiser = "he" } = laws;
  if (!ACTIVATIONS.includes(activation)) {
    throw new InvalidArgumentError(
      `Expected an activation of ${ACTIVATIONS.join(", ")} but found ${show(activation)}`,
    );
  }
  if (!INITIALISERS.includes(initialiser)) {
    throw new InvalidArgumentError(
      `Expected an initialiser of ${INITIALISERS.join(", ")} but found ${show(initialiser)}`,
    );
  }
}
