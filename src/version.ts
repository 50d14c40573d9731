import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The nearest directory upwards with a package.json: the same for sources and for what is built of them.
 * @throws Error when there is none, as where `dist` was copied alone
 */
export function packageRoot (from = dirname(fileURLToPath(import.meta.url))): string {
  for (let directory = from; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory
    if (directory === dirname(directory)) throw new Error(`package.json is missing above ${from}: copy it beside dist`)
  }
}

/** This package's version, as its package.json says. */
export function packageVersion (): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  return version
}
