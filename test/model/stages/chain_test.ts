import { testStage } from "./harness.ts";
import { chains } from "./families.ts";

testStage("chain", chains);
testStage("chain, nested", (size) => chains(size, { nested: true }));
testStage("chain, a bias first and last", (size) => chains(size, { biases: true, nested: true }));
