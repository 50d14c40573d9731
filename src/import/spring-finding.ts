import { splitEntries } from '../origin/entry.js'
import type { Collector } from './result.js'
import { springDifferences, type SpringListKind } from './spring-differences.js'

/** A text that some Spring configuration gives to a list of origins. */
export interface SpringText {
  readonly kind: SpringListKind
  readonly text: string
  readonly line: number
  readonly written: string
  /** What differs besides the origins: scopeDifferences. */
  readonly scope: readonly string[]
}

/**
 * Adds what one text of a Spring list means. Like Spring (spring-web 6.2, `parseCommaDelimitedOrigin`) it
 * splits the text at commas outside of brackets.
 */
export function addSpringText (collector: Collector, { kind, text, line, written, scope }: SpringText): void {
  for (const entry of splitEntries(text)) {
    if (kind === 'origins' && entry !== '*' && entry.includes('*')) {
      const reason = '"*" is a plain character in allowedOrigins, so this let nobody in. ' +
        `Likely meant, as an origin pattern: ${entry}`
      collector.cannotRead({ line, written, reason })
      continue
    }
    const differences = (each: string) => [...scope, ...springDifferences(each, kind)]
    collector.add({ line, written, texts: [entry], differences })
  }
}
