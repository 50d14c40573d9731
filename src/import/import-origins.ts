import { importNginx } from './nginx-map.js'
import type { ImportResult } from './result.js'
import { importSpringSource } from './spring-source.js'
import { importSpringYaml } from './spring-yaml.js'

/** What can be read: Java or Kotlin source, an application.yml, an nginx configuration. */
export type ImportFormat = 'spring' | 'yaml' | 'nginx'

/** Longer texts are no configuration. In bytes. */
export const MAX_IMPORT_BYTES = 1_048_576

const READERS: Readonly<Record<ImportFormat, (text: string) => ImportResult>> =
  { spring: importSpringSource, yaml: importSpringYaml, nginx: importNginx }

const NAMES: ReadonlyArray<readonly [RegExp, ImportFormat]> = [
  [/\.(?:java|kts?|groovy|scala)$/i, 'spring'], [/\.ya?ml$/i, 'yaml'], [/\.conf$|nginx/i, 'nginx']
]
const CONTENTS: ReadonlyArray<readonly [RegExp, ImportFormat]> = [
  [/\$\{?http_origin\b/, 'nginx'],
  [/@CrossOrigin\b|llowedOrigin(?:Pattern)?s?\s{0,9}[(=]/, 'spring'],
  [/(?:globalcors|allowed-?origin(?:-?pattern)?s)[^\n:]{0,99}:/i, 'yaml']
]

/** Reads the origins that a text of this format lists. Never throws, whatever it holds. */
export function importOrigins (text: string, format: ImportFormat): ImportResult {
  return READERS[format](text)
}

/** The format by the name of the file, else by what is written in it; undefined when neither tells. */
export function guessFormat (name: string, text: string): ImportFormat | undefined {
  const [, format] = NAMES.find(([pattern]) => pattern.test(name)) ??
    CONTENTS.find(([pattern]) => pattern.test(text)) ?? []
  return format
}
