import { startChild, type Child } from '../child.js'
import type { Decisions } from '../load/decisions.js'
import { DECISION_KINDS, type ListShape } from '../origin-lists.js'
import type { Scenario } from '../scenario.js'

const SHAPES: readonly ListShape[] = ['spread', 'one suffix']
const SMALL = '1,000 entries'
const LARGE = '10,000 entries'
const SIZES = { [SMALL]: 1_000, [LARGE]: 10_000 }

/** A microsecond with a thousand entries, and no more than twice that with ten times as many. */
const bars = [{ of: SMALL, atMost: 1_000 }, { of: LARGE, against: SMALL, atMost: 2 }]

/** What the gate takes for one answer, with lists of two shapes and sizes. No proxy takes part. */
export const originDecision: Scenario = {
  name: 'origin-decision',
  group: 'origin',
  title: 'one decision of the gate',
  figures: SHAPES.flatMap(shape => DECISION_KINDS.map(kind =>
    ({ name: `${shape}, ${kind}`, title: `${kind}, wildcards: ${shape}`, unit: 'ns', bars }))),
  run: async bench => {
    const gates: Array<{ shape: ListShape, series: string, gate: Child<Decisions> }> = []
    for (const shape of SHAPES) {
      for (const [series, size] of Object.entries(SIZES)) {
        const gate = await startChild<Decisions>('load/decisions.js', bench.proxyCore)
        await gate.ask('load', { shape, size })
        gates.push({ shape, series, gate })
      }
    }
    const count = bench.size(100_000, 1_000)
    const measured: Record<string, Record<string, number[]>> = {}
    // The first round is for the compiler, and does not count.
    for (let round = 0; round <= bench.rounds; round++) {
      for (const kind of DECISION_KINDS) {
        for (const { shape, series, gate } of gates) {
          const ns = await gate.ask('decide', { kind, count })
          if (round > 0) ((measured[`${shape}, ${kind}`] ??= {})[series] ??= []).push(ns)
        }
      }
    }
    return measured
  }
}
