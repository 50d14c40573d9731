import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The nearest directory upwards with a package.json: the same for sources and for what is built of them. */
export function packageRoot (directory = dirname(fileURLToPath(import.meta.url))): string {
  return existsSync(join(directory, 'package.json')) ? directory : packageRoot(dirname(directory))
}

/** This package's version, as its package.json says. */
export function packageVersion (): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  return version
}
