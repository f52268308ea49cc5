import { residuals, residualsInChains, smallResiduals } from "./families.ts";
import { testStage } from "./harness.ts";

testStage("residual", (size) => residuals(size, { skips: ["nothing"], arounds: ["product", "activation"] }));
testStage(
  "residual, around a chain with a bias first and last",
  (size) => residuals(size, { skips: ["nothing", "product"], arounds: ["bias"] }),
);
testStage("residual, with a stage beside", (size) => residuals(size, { skips: ["product", "chain"] }));
testStage("residual, of little", smallResiduals);
testStage("residual, in a chain", residualsInChains, { runs: 12 });
