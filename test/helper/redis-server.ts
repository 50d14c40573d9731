import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { freePort } from './free-port.js'

/** A redis-server of the test's own: its data is in memory, and goes with it. */
export interface RedisServer {
  port: number
  url: string
  /** A connection of the test's own. */
  client: Redis
  process: ChildProcess
  /** Ends the process at once and waits until it has gone. */
  kill: () => Promise<void>
}

/** Starts Debian's redis-server on a free port, or on `port`, with further `settings` of its command line. */
export async function redisServer (
  t: Test, settings: readonly string[] = [], port?: number
): Promise<RedisServer> {
  const chosen = port ?? await freePort()
  // Not t.testdir: a test may have files of its own there.
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-redis-'))
  const child = spawn('redis-server', [
    '--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir, ...settings
  ], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise<void>(resolve => { child.on('close', () => resolve()) })
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(async () => {
    await kill()
    await rm(dir, { recursive: true, force: true })
  })
  await new Promise<void>((resolve, reject) => {
    child.on('error', () => reject(new Error('redis-server is missing. install it: apt-get install -y redis-server')))
    let log = ''
    child.stdout.on('data', chunk => {
      log += chunk
      if (log.includes('Ready to accept connections')) resolve()
    })
    child.on('close', () => reject(new Error(`redis-server ended:\n${log}`)))
  })
  const password = settings[settings.indexOf('--requirepass') + 1]
  const client = new Redis({
    port: chosen, ...(settings.includes('--requirepass') && { password }), retryStrategy: () => null
  })
  client.on('error', () => {}) // it is killed under way
  t.teardown(() => client.disconnect())
  return { port: chosen, url: `redis://127.0.0.1:${chosen}`, client, process: child, kill }
}

/** A way to a server that can die without a word, as one through a firewall that forgets its connections. */
export interface FailingWay {
  port: number
  /** How many connections were made. */
  count: () => number
  /** From now on nothing gets through those that are there, and no end of theirs does; new ones are fine. */
  blackhole: () => void
}

/** A TCP proxy in front of a server of this machine. */
export async function failingWay (t: Test, to: number): Promise<FailingWay> {
  const sockets: Socket[] = []
  let count = 0
  const server = createServer({ allowHalfOpen: true }, near => {
    count++
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    for (const [from, into] of [[near, far], [far, near]] as const) {
      sockets.push(from.on('error', () => {}))
      from.pipe(into)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    count: () => count,
    blackhole: () => { for (const socket of sockets) socket.unpipe().pause() }
  }
}
