import type { OriginSink, SourceContent } from '../../src/origin/policy.js'

/** A sink that keeps what a source tells it, in order. */
export interface RecordingSink extends OriginSink {
  contents: SourceContent[]
  errors: Error[]
  /** How many times it was told that nothing has changed. */
  unchangedCount: () => number
  /** How many contents and errors it was told. */
  told: () => number
  /** The last content's entries, or the message of the last error. */
  last: () => unknown
  /** Resolves once `holds` is true; it is asked after everything told. */
  until: (holds: () => boolean) => Promise<void>
}

/** `enforce` is what `deliver` waits for. */
export function recordingSink (enforce: () => Promise<void> = async () => {}): RecordingSink {
  const contents: SourceContent[] = []
  const errors: Error[] = []
  const waiting = new Set<() => void>()
  const wake = () => { for (const look of [...waiting]) look() }
  let last: unknown
  let unchanged = 0
  return {
    unchangedCount: () => unchanged,
    unchanged: () => {
      unchanged++
      wake()
    },
    contents,
    errors,
    told: () => contents.length + errors.length,
    last: () => last,
    deliver: async content => {
      contents.push(last = content)
      wake()
      await enforce()
    },
    fail: error => {
      errors.push(error)
      last = error.message
      wake()
    },
    until: holds => new Promise(resolve => {
      const look = () => {
        if (!holds()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  }
}
