import type { Feature, Kind } from './feature.js'
import type { Outcome, Result } from './run.js'

/** What is wrong with a row of one server: each way that works, or does not, other than the row says. */
export function judge (feature: Feature, kind: Kind, { direct, through }: Result): string[] {
  const no = feature.no?.[kind]
  return [
    ...expectOutcome('directly', direct, no),
    ...judgeThrough(feature, no, through),
    ...(isAlike(feature, direct, through) ? [] : [`not the same: ${told(direct)} directly, ${told(through)} through`])
  ]
}

function judgeThrough ({ shut, gateway }: Feature, no: RegExp | undefined, through: Outcome): string[] {
  if (shut !== undefined) {
    return expectOutcome('through the gateway', through, new RegExp(`answered ${shut.status} ${shut.code}\\b`))
  }
  return expectOutcome('through the gateway', through, gateway === 'adds' ? undefined : no)
}

/** `no` is the error that is expected; without it nothing but success is. */
function expectOutcome (way: string, outcome: Outcome, no: RegExp | undefined): string[] {
  if (outcome.works) return no === undefined ? [] : [`${way}: works, in place of ${no}`]
  if (no === undefined) return [`${way}: ${outcome.why}`]
  return no.test(outcome.why) ? [] : [`${way}: ${outcome.why}, in place of ${no}`]
}

function isAlike ({ gateway = 'passes', shut }: Feature, direct: Outcome, through: Outcome): boolean {
  if (gateway !== 'passes' || shut !== undefined || !direct.works || !through.works) return true
  return direct.seen === through.seen
}

function told (outcome: Outcome): string {
  return outcome.works ? JSON.stringify(outcome.seen) : outcome.why
}
