import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The nearest directory upwards with a package.json: the same for sources and for what is built of them.
 * @throws Error when there is none, as where `dist` was copied alone
 */
export function packageRoot (directory = dirname(fileURLToPath(import.meta.url))): string {
  if (existsSync(join(directory, 'package.json'))) return directory
  const above = dirname(directory)
  if (above === directory) throw new Error('package.json is missing: copy it beside dist')
  return packageRoot(above)
}

/** This package's version, as its package.json says. */
export function packageVersion (): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  return version
}
