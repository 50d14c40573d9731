import type { SourceSpec } from '../config/origin-sources.js'
import type { OriginSource, SourceContent } from '../origin/policy.js'
import { createSources } from './create.js'
import type { SourceOptions } from './options.js'

/** What one source gave: its content, or why it gave none. */
export interface SourceReading {
  readonly name: string
  readonly content?: SourceContent
  readonly error?: Error
}

/**
 * Reads all sources once, at the same time, and leaves nothing open; for commands that end. Never rejects.
 * A module's policy has its signal aborted by then, and answers from what it has in memory.
 */
export async function readSourcesOnce (
  specs: readonly SourceSpec[], options: SourceOptions
): Promise<readonly SourceReading[]> {
  return await Promise.all(createSources(specs, options).map(readOnce))
}

async function readOnce (source: OriginSource): Promise<SourceReading> {
  const { name } = source
  const told: SourceReading[] = []
  await source.open({
    deliver: async content => { told.push({ name, content }) },
    fail: error => { told.push({ name, error }) }
  })
  await source.close()
  // A redis source may have read again by now.
  return told[0] ?? { name, error: new Error('the source told nothing') }
}
