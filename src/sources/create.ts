import type { SourceSpec } from '../config/origin-sources.js'
import type { OriginSource } from '../origin/policy.js'
import { createListSource } from './list.js'
import type { SourceOptions } from './options.js'

/**
 * One source for each spec, in their order. Nothing is read or connected before `open`, and the code of a
 * kind is loaded by those alone who use it.
 */
export async function createSources (
  specs: readonly SourceSpec[], options: SourceOptions
): Promise<OriginSource[]> {
  return await Promise.all(specs.map(spec => createSource(spec, options)))
}

async function createSource (spec: SourceSpec, options: SourceOptions): Promise<OriginSource> {
  switch (spec.kind) {
    case 'list': return createListSource(spec)
    case 'file': return (await import('./file.js')).createFileSource(spec, options)
    case 'http': return (await import('./http.js')).createHttpSource(spec, options)
    case 'redis': return (await import('./redis.js')).createRedisSource(spec, options)
    case 'module': return (await import('./module.js')).createModuleSource(spec, options)
  }
}
