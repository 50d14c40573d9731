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
  return await Promise.all((await createSources(specs, options)).map(readOnce))
}

async function readOnce (source: OriginSource): Promise<SourceReading> {
  const { name } = source
  let reading: SourceReading = { name, error: new Error('it told nothing') }
  await source.open({
    deliver: async content => { reading = { name, content } },
    /* c8 ignore next -- a first reading has nothing to be the same as */
    unchanged: () => {},
    fail: error => { reading = { name, error } }
  })
  await source.close()
  return reading
}
