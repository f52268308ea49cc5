import assert from "node:assert/strict";
import { assertLinear } from "./support.ts";
import fc from "fast-check";
import { type Edge, findTrail } from "../../packages/data/networks/trail.ts";

/** Every order of the edges in which each begins where the one before ends, up to a number of them. */
function everyTrail(edges: readonly Edge[], most: number): number[][] {
  const found: number[][] = [];
  const extend = (trail: number[]) => {
    if (found.length === most) return;
    if (trail.length === edges.length) found.push(trail);
    edges.forEach(({ from }, index) => {
      const last = trail[trail.length - 1];
      if (!trail.includes(index) && (last === undefined || edges[last].to === from)) {
        extend([...trail, index]);
      }
    });
  };
  extend([]);
  return found;
}

function isTrail(edges: readonly Edge[], trail: readonly number[]): boolean {
  return trail.length === edges.length && new Set(trail).size === trail.length &&
    trail.every((index, place) => place === 0 || edges[trail[place - 1]].to === edges[index].from);
}

/** Edges of a walk, shuffled, so that most have a trail, and some others. */
const graphs = fc.tuple(
  fc.array(fc.nat(4), { minLength: 2, maxLength: 8 }),
  fc.array(fc.record({ from: fc.nat(4), to: fc.nat(4) }), { maxLength: 1 }),
  fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
).map(([walk, more, keys]) => {
  const edges: Edge[] = [...walk.slice(1).map((to, i) => ({ from: walk[i], to })), ...more];
  return edges.map((edge, i) => ({ edge, key: keys[i] })).sort((a, b) => a.key - b.key).map(({ edge }) =>
    edge
  );
});

Deno.test("findTrail finds a trail where there is one, and knows whether it is the only one", () => {
  fc.assert(
    fc.property(graphs, (edges) => {
      const all = everyTrail(edges, 2), { trail, unique } = findTrail(edges);
      assert.equal(trail !== undefined, all.length > 0);
      assert.equal(unique, all.length === 1);
      if (trail !== undefined) assert.ok(isTrail(edges, trail));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("findTrail of no edges finds none", () => {
  assert.deepEqual(findTrail([]), { trail: undefined, unique: false });
});

Deno.test("findTrail takes time that grows with the number of edges", () => {
  assertLinear((length) => {
    const chain = Array.from({ length }, (_, i) => ({ from: i, to: i + 1 })).reverse();
    const equal = Array.from({ length }, () => ({ from: 7, to: 7 }));
    return () => assert.deepEqual([findTrail(chain).unique, findTrail(equal).unique], [true, false]);
  }, 5000);
});
