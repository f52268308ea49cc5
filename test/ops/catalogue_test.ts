import assert from "node:assert/strict";
import { catalogue } from "@graphon-limit/ops";

Deno.test("catalogue: every op states the shape of each of its arguments, one for all that are cut into panels", () => {
  for (const { name, bindings, shapes, panelled } of catalogue) {
    assert.ok(shapes, `${name} states no shapes`);
    assert.deepEqual(Object.keys(shapes), Object.keys(bindings), name);
    for (const each of panelled) assert.deepEqual(shapes[each], shapes[panelled[0]], `${name}'s ${each}`);
  }
});
