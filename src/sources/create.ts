import type { SourceSpec } from '../config/origin-sources.js'
import type { OriginSource } from '../origin/policy.js'
import { createFileSource } from './file.js'
import { createHttpSource } from './http.js'
import { createListSource } from './list.js'
import { createModuleSource } from './module.js'
import type { SourceOptions } from './options.js'
import { createRedisSource } from './redis.js'

/** One source for each spec, in their order. Nothing is read or connected before `open`. */
export function createSources (specs: readonly SourceSpec[], options: SourceOptions): OriginSource[] {
  return specs.map(spec => createSource(spec, options))
}

function createSource (spec: SourceSpec, options: SourceOptions): OriginSource {
  switch (spec.kind) {
    case 'list': return createListSource(spec)
    case 'file': return createFileSource(spec, options)
    case 'http': return createHttpSource(spec, options)
    case 'redis': return createRedisSource(spec, options)
    case 'module': return createModuleSource(spec, options)
  }
}
