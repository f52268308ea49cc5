// fold(own, thread): one number of a workgroup from one of each invocation, combined in the same order each time; every
// invocation gets it, and a workgroup folds once. Expects combine(a, b), combine_subgroup(own) where `subgroups` is on, and
// INVOCATIONS, those of a workgroup, a multiple of 64.
var<workgroup> partial: array<f32, ${INVOCATIONS}>;
#if ${subgroups}
var<workgroup> speakers: array<atomic<u32>, ${INVOCATIONS} / 32>;
#endif

fn fold(own: f32, thread: u32) -> f32 {
#if ${subgroups}
  // One invocation speaks for its subgroup. It sets its bit, because nothing promises which invocations go together.
  let together = combine_subgroup(own);
  if (subgroupBroadcastFirst(thread) == thread) {
    partial[thread] = together;
    atomicOr(&speakers[thread / 32u], 1u << (thread % 32u));
  }
  workgroupBarrier();
  if (thread == 0u) {
    var total = 0.0f;
    var none = true;
    for (var word = 0u; word < ${INVOCATIONS}u / 32u; word++) {
      for (var left = atomicLoad(&speakers[word]); left != 0u; left &= left - 1u) {
        let spoken = partial[32u * word + firstTrailingBit(left)];
        total = select(combine(total, spoken), spoken, none);
        none = false;
      }
    }
    partial[0] = total;
  }
  workgroupBarrier();
#else
  partial[thread] = own;
  workgroupBarrier();
  for (var half = ${INVOCATIONS}u / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] = combine(partial[thread], partial[thread + half]); }
    workgroupBarrier();
  }
#endif
  return partial[0];
}
