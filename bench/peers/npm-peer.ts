import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/version.js'
import { ALLOWED_ORIGINS } from '../load/browser-headers.js'
import { startProcess } from '../process.js'
import type { Peer } from './peer.js'

const BENCH = join(packageRoot(), 'bench')

/**
 * A peer that is a package of bench/package.json, run by `bench/programs/<program>.js`. That is told
 * BACKEND_URL and ALLOWED_ORIGINS, and prints the port it listens on.
 */
export function npmPeer (name: string, packageName: string): Peer {
  return {
    name,
    version: async () => versionOf(packageName),
    install: 'npm ci --prefix bench',
    start: async ({ backendPort, core, directory }) => await startProcess({
      name,
      command: process.execPath,
      args: [join(BENCH, 'programs', `${name}.js`)],
      env: {
        NODE_ENV: 'production',
        BACKEND_URL: `http://127.0.0.1:${backendPort}`,
        ALLOWED_ORIGINS: ALLOWED_ORIGINS.join(',')
      },
      cwd: directory,
      core,
      ready: /^listening on (\d+)$/m
    })
  }
}

function versionOf (packageName: string): string | undefined {
  try {
    const text = readFileSync(join(BENCH, 'node_modules', packageName, 'package.json'), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return undefined
  }
}
