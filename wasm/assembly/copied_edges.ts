// Edges of neurons and their copies, in SynFlow's rounds at a finite width. The op is in packages/ops/copied_edges.ts.
import { COPIES, COPIES_BYTES, LEAST_EXTRA, seeCopy, seeTwoCopies, slopeOfCopy } from "./shared/copies";

/** The copy that is the neuron itself. */
const ITSELF: u8 = <u8> -LEAST_EXTRA;

/** The field of an edge's neuron on a partner, of the round that this answers: it and those of its copies are in a line. */
function lineOf(other: usize, fields: usize, roundBytes: usize, answered: usize): usize {
  return fields + (<usize> load<u16>(answered + other * 2)) * roundBytes;
}

/** The partners of some neurons as their edges show them to the neurons themselves, whether an edge is left or not. */
export function see_partners(
  part: usize,
  rows: usize,
  count: usize,
  width: usize,
  partners: usize,
  magnitudes: usize,
  seen: usize,
  copies: usize,
  fields: usize,
  roundBytes: usize,
  answered: usize,
  less: usize,
): void {
  const start = part * rows, last = min(start + rows, count);
  for (let own = start; own < last; own++) {
    for (let edge = own * width, end = edge + width; edge < end; edge++) {
      const other = <usize> load<u32>(partners + edge * 4),
        line = lineOf(other, fields, roundBytes, answered);
      const magnitude = <f64> load<f32>(magnitudes + edge * 4);
      const replaced = <f64> load<f32>(less + (own * count + other) * 4);
      const value = seeCopy(copies + other * COPIES_BYTES, magnitude * load<f64>(line + own * 8) - replaced);
      store<f32>(seen + edge * 4, <f32> value);
    }
  }
}

/**
 * `Σ (ω, if the edge is left, less the mean of its partner) · (the partner as the edge shows it)` of some neurons' copies of one kind. What no
 * copy has left is nearly what the neuron itself sees of it: copies differ in proportion to their fields.
 *
 * @param first the first copy in which each edge is left
 * @param copies what the partners' copies are
 * @param fields of each of `rounds` rounds, `roundBytes` apart: those of the neurons themselves
 * @param kind where those of this kind of copies are from there on
 * @param means the mean of each partner, in float64
 * @param slopes room for a number in float64 for each neuron and round
 */
export function sum_edges(
  part: usize,
  rows: usize,
  count: usize,
  width: usize,
  partners: usize,
  magnitudes: usize,
  first: usize,
  copies: usize,
  fields: usize,
  roundBytes: usize,
  rounds: usize,
  kind: usize,
  answered: usize,
  less: usize,
  means: usize,
  slopes: usize,
  sums: usize,
): void {
  const top = part * rows, last = min(top + rows, count);
  for (let own = top; own < last; own++) {
    const sum = sums + own * COPIES_BYTES, begin = own * width, slope = slopes + own * rounds * 8;
    memory.fill(sum, 0, COPIES_BYTES);
    memory.fill(slope, 0, rounds * 8);
    let rest: f64 = 0;
    for (let edge = begin, end = begin + width; edge < end; edge++) {
      const other = <usize> load<u32>(partners + edge * 4), mean = load<f64>(means + other * 8);
      const from = <usize> load<u8>(first + edge);
      if (from == <usize> COPIES && mean == 0) continue;
      const partner = copies + other * COPIES_BYTES, magnitude = <f64> load<f32>(magnitudes + edge * 4);
      const replaced = <f64> load<f32>(less + (own * count + other) * 4);
      const round = <usize> load<u16>(answered + other * 2), line = fields + round * roundBytes;
      if (from == <usize> COPIES) {
        const extra = magnitude * load<f64>(line + own * 8) - replaced;
        rest += mean * seeCopy(partner, extra);
        const to = slope + round * 8;
        store<f64>(to, load<f64>(to) + mean * magnitude * slopeOfCopy(partner, extra));
        continue;
      }
      const field = line + kind + own * COPIES_BYTES;
      const both = f64x2.splat(magnitude), away = f64x2.splat(replaced), average = f64x2.splat(mean);
      const start = i64x2.splat(from);
      let copy: usize = 0, pair = i64x2(0, 1);
      for (; copy + 1 < <usize> COPIES; copy += 2, pair = i64x2.add(pair, i64x2.splat(2))) {
        const at = sum + copy * 8, extra = f64x2.sub(f64x2.mul(both, v128.load(field + copy * 8)), away);
        const weight = f64x2.sub(v128.and(both, i64x2.ge_s(pair, start)), average);
        v128.store(at, f64x2.add(v128.load(at), f64x2.mul(weight, seeTwoCopies(partner, extra))));
      }
      const value = seeCopy(partner, magnitude * load<f64>(field + copy * 8) - replaced);
      const weight = (copy < from ? 0 : magnitude) - mean;
      store<f64>(sum + copy * 8, load<f64>(sum + copy * 8) + weight * value);
    }
    for (let copy: usize = 0; copy < <usize> COPIES; copy++) {
      let all = load<f64>(sum + copy * 8) - rest;
      for (let round: usize = 0, line = fields; round < rounds; round++, line += roundBytes) {
        const more = load<f64>(line + kind + own * COPIES_BYTES + copy * 8) - load<f64>(line + own * 8);
        all -= load<f64>(slope + round * 8) * more;
      }
      store<f64>(sum + copy * 8, all);
    }
  }
}

function swap<T>(all: usize, a: usize, b: usize): void {
  const value = load<T>(all + a * sizeof<T>());
  store<T>(all + a * sizeof<T>(), load<T>(all + b * sizeof<T>()));
  store<T>(all + b * sizeof<T>(), value);
}

/**
 * Removes edges of some neurons and their copies whose scores are no more than a threshold, and puts those that are left in any first.
 *
 * @param values the copies' own other values, kind by kind
 * @param rounds in how many of them each neuron had an edge, of which this is number `round`
 */
export function remove_edges(
  part: usize,
  rows: usize,
  count: usize,
  width: usize,
  kinds: usize,
  left: usize,
  partners: usize,
  magnitudes: usize,
  first: usize,
  edges: usize,
  rounds: usize,
  copies: usize,
  fields: usize,
  roundBytes: usize,
  answered: usize,
  less: usize,
  values: usize,
  threshold: f64,
  round: u32,
): void {
  const start = part * rows, last = min(start + rows, count), kindBytes = count * COPIES_BYTES;
  for (let own = start; own < last; own++) {
    const begin = own * width, end = begin + load<u32>(left + own * 4);
    let kept = begin;
    for (let edge = begin; edge < end; edge++) {
      const other = <usize> load<u32>(partners + edge * 4), partner = copies + other * COPIES_BYTES;
      const magnitude = <f64> load<f32>(magnitudes + edge * 4);
      const replaced = <f64> load<f32>(less + (own * count + other) * 4);
      let field = lineOf(other, fields, roundBytes, answered) + count * 8 + own * COPIES_BYTES;
      let value = values + own * COPIES_BYTES, stays = false;
      for (let kind: usize = 0; kind < kinds; kind++) {
        const at = first + kind * edges + edge, before = load<u8>(at);
        let copy = before;
        for (; copy < <u8> COPIES; copy++) {
          const seen = seeCopy(partner, magnitude * load<f64>(field + (<usize> copy) * 8) - replaced);
          if (magnitude * seen * load<f64>(value + (<usize> copy) * 8) > threshold) break;
        }
        if (kind == 0 && before <= ITSELF && copy > ITSELF) store<u16>(rounds + edge * 2, <u16> (round + 1));
        store<u8>(at, copy);
        stays = stays || copy < <u8> COPIES;
        field += kindBytes;
        value += kindBytes;
      }
      if (!stays) continue;
      if (kept != edge) {
        swap<u32>(partners, kept, edge);
        swap<f32>(magnitudes, kept, edge);
        swap<u16>(rounds, kept, edge);
        for (let kind: usize = 0; kind < kinds; kind++) swap<u8>(first + kind * edges, kept, edge);
      }
      kept++;
    }
    store<u32>(left + own * 4, <u32> (kept - begin));
  }
}
