import { setImmediate, setTimeout } from 'node:timers/promises'
import { compileOwnOrigins, type OriginQuestion } from '../../src/origin/decide.js'
import { LivePolicy } from '../../src/origin/live-policy.js'
import type { OriginSource } from '../../src/origin/policy.js'
import { answerParent } from '../child.js'
import { originList, type Asked, type DecisionKind, type ListShape } from '../origin-lists.js'

let policy: LivePolicy | undefined
let asked: Asked | undefined

/** The gate as the gateway makes it, asked again and again. One list a process: what V8 learns is of it. */
const questions = {
  /** Compiles a list, and asks everything once: an answer other than it has to be is a fault. */
  load: async ({ shape, size }: { shape: ListShape, size: number }): Promise<void> => {
    const list = originList(shape, size)
    asked = list.asked
    policy = livePolicy(list.entries)
    await policy.start()
    for (const [kind, origins] of Object.entries(asked)) {
      const wrong = origins.find(origin => policy?.decide(questionOf(origin)).allowed !== kind.endsWith('hit'))
      if (wrong !== undefined) throw new Error(`${kind}: ${wrong} is decided wrongly`)
    }
  },
  /** Nanoseconds of CPU time per decision, the making of its answer included. */
  decide: ({ kind, count }: { kind: DecisionKind, count: number }): number => {
    if (policy === undefined || asked === undefined) throw new Error('no list is loaded')
    const all = asked[kind].map(questionOf)
    const { decide } = policy
    let allowed = 0
    const before = process.cpuUsage()
    for (let i = 0; i < count; i++) if (decide(all[i % all.length] as OriginQuestion).allowed) allowed++
    const { user, system } = process.cpuUsage(before)
    if (allowed !== (kind.endsWith('hit') ? count : 0)) throw new Error(`${kind}: ${allowed} of ${count} are let in`)
    return (user + system) * 1_000 / count
  }
}

/** For whoever starts this program. */
export type Decisions = typeof questions

answerParent(questions)

/** As a browser asks on a SockJS route; made before the clock runs, for the request brings it. */
const questionOf = (origin: string): OriginQuestion =>
  ({ origins: [origin], fetchSites: ['cross-site'], door: 'http', sockjs: true, host: 'api.example.com' })

function livePolicy (entries: readonly string[]): LivePolicy {
  const source: OriginSource = {
    name: 'bench',
    open: async sink => await sink.deliver([...entries]),
    reload: async () => {},
    close: async () => {}
  }
  return new LivePolicy({
    sources: [source],
    own: compileOwnOrigins(['https://api.example.com']).allowList,
    missingOnUpgrade: 'allow',
    now: Date.now,
    pause: async () => { await setImmediate() },
    rest: async ms => { await setTimeout(ms) },
    onEvent: () => {}
  })
}
