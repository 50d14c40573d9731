import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { RequestLog } from '../../src/demo/chat-service.js'

type LogLine = Record<string, unknown>

/** The product as `npm start` runs it, in a process of its own, on free ports. */
export interface DemoProcess {
  gatewayUrl: string
  allowedPage: string
  blockedPage: string
  /** Every line of the gateway's log so far, parsed. */
  log: LogLine[]
  /** Resolves when a line of this `origin` is in the log, and with it all that was logged before. */
  logged (origin: string): Promise<void>
  /** The requests that reached the instances, all together, as they tell themselves. */
  instanceLog (): Promise<Omit<RequestLog, 'name'>>
}

const SERVER = fileURLToPath(new URL('../../src/server.js', import.meta.url))
const SETTINGS = {
  PORT: '0',
  ADMIN_PORT: '0',
  DEMO_ALLOWED_PAGE_PORT: '0',
  DEMO_BLOCKED_PAGE_PORT: '0',
  HEALTH_CHECK: 'off', // an instance is asked by nobody but the browser
  SHUTDOWN_GRACE_MS: '100'
}
const PRINTED = {
  gatewayUrl: /^ +gateway +(\S+)/, allowedPage: /^ +on the list +(\S+)/, blockedPage: /^ +not on it +(\S+)/
}

async function instancesOf (adminUrl: string): Promise<string[]> {
  const state = await (await fetch(`${adminUrl}/upstreams`)).json() as { instances: Array<{ id: string }> }
  return state.instances.map(({ id }) => new URL(id).origin)
}

async function joinLogs (instances: string[]): Promise<Omit<RequestLog, 'name'>> {
  const logs = await Promise.all(instances.map(async url =>
    await (await fetch(`${url}/requests`)).json() as RequestLog))
  return {
    count: logs.reduce((sum, { count }) => sum + count, 0),
    requests: logs.flatMap(({ requests }) => requests)
  }
}

/** Starts the built server and resolves when it has printed where to look. It ends with the test. */
export async function startDemoProcess (t: Test): Promise<DemoProcess> {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [SERVER], {
    cwd: t.testdir({}), // no .env of the developer's
    env: { PATH, HOME, ...SETTINGS },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const log: LogLine[] = []
  const lines = createInterface({ input: child.stdout })
  const found: Record<string, string> = {}
  let errors = ''
  child.stderr.on('data', data => { errors += data })

  await new Promise<void>((resolve, reject) => {
    lines.on('line', line => {
      if (line.startsWith('{')) log.push(JSON.parse(line))
      const { listener, msg } = log.at(-1) ?? {}
      if (listener === 'admin') found.adminUrl = String(msg).replace('listening at ', '')
      for (const [name, pattern] of Object.entries(PRINTED)) {
        const url = pattern.exec(line)?.[1]
        if (url !== undefined) found[name] = url
      }
      if (Object.keys(found).length === 4) resolve()
    })
    exited.then(([code]) => {
      reject(new Error(`${SERVER} ended with ${code}. Is it there? npm run build makes it.\n${errors}`))
    }, reject)
  })
  const { gatewayUrl = '', allowedPage = '', blockedPage = '', adminUrl = '' } = found
  const instances = await instancesOf(adminUrl)
  return {
    gatewayUrl,
    allowedPage,
    blockedPage,
    log,
    instanceLog: () => joinLogs(instances),
    async logged (origin) {
      while (!log.some(line => line.origin === origin)) await once(lines, 'line')
    }
  }
}
