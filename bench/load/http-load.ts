import { join } from 'node:path'
import { packageRoot } from '../../src/version.js'
import { INFO_BODY } from '../backends/info-body.js'
import { runToEnd } from '../process.js'
import { BROWSER_HEADERS } from './browser-headers.js'

/** What autocannon tells, as far as it is looked at. */
interface Report {
  readonly '2xx': number
  readonly non2xx: number
  readonly errors: number
  readonly timeouts: number
  readonly mismatches: number
  readonly requests: { readonly average: number }
  readonly latency: { readonly p50: number, readonly p99: number }
}

/** How to load. */
export interface HttpLoad {
  readonly port: number
  readonly connections: number
  readonly requests: number
  readonly core: number | undefined
}

/**
 * Sends `requests` times `GET /stomp/ws-stomp/info` on kept connections, one at a time on each, by
 * autocannon.
 * @throws Error unless every answer was a 2xx with exactly the backend's body
 */
export async function loadInfo ({ port, connections, requests, core }: HttpLoad): Promise<Report> {
  const headers = Object.entries(BROWSER_HEADERS).flatMap(([name, value]) => ['-H', `${name}=${value}`])
  const output = await runToEnd({
    name: `autocannon at port ${port}`,
    command: process.execPath,
    args: [
      join(packageRoot(), 'bench', 'node_modules', 'autocannon', 'autocannon.js'), '--json', '--no-progress',
      '-c', String(connections), '-a', String(requests), '-E', INFO_BODY, ...headers,
      `http://127.0.0.1:${port}/stomp/ws-stomp/info`
    ],
    core
  })
  const report = JSON.parse(output) as Report
  const { non2xx, errors, timeouts, mismatches } = report
  if (report['2xx'] !== requests || non2xx + errors + timeouts + mismatches > 0) {
    throw new Error(`autocannon saw other answers than it wants: ${output}`)
  }
  return report
}
