import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from './free-port.js'

/** A RabbitMQ of the test's own with Web-STOMP at `<url>/ws`; the user is `guest`, and so is the password. */
export interface RabbitmqServer {
  /** `http://127.0.0.1:<port>`, what STOMP_UPSTREAMS takes. */
  url: string
  port: number
  /** What it wrote so far, over all its starts; connections are told with their addresses. */
  log: () => string
  /** Resolves with the log once `matches` holds for it. */
  until: (matches: (log: string) => boolean) => Promise<string>
  /** Ends the process at once and waits until it has gone; its data stays. */
  kill: () => Promise<void>
  /** Starts it again, on the same ports and data; ends it first, if nobody did. */
  restart: () => Promise<void>
}

const INSTALL = 'apt-get install -y rabbitmq-server'
const STARTED = 'Server startup complete'
/** ms; a start takes 4 to 6 s of one core. */
const START_TIMEOUT_MS = 60_000
const LOG_TIMEOUT_MS = 10_000
/** Characters of its log that an error shows. */
const TAIL = 4_000

interface Ports { webStomp: number, amqp: number, dist: number, epmd: number }

/**
 * Starts Debian's rabbitmq-server with the plugin rabbitmq_web_stomp. All it writes is in a directory of its
 * own and all it listens on is a free port of the loopback; both end with the test, and so does its epmd.
 */
export async function rabbitmqServer (t: Test): Promise<RabbitmqServer> {
  const command = findCommand()
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-rabbitmq-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const [webStomp, amqp, dist, epmd] = await freePorts()
  const ports = { webStomp, amqp, dist, epmd }
  await writeSettings(dir, ports)
  const env = environment(dir, ports)
  // Started here, or Erlang starts a daemon that outlives it and belongs to nobody.
  const names = spawn('epmd', ['-address', '127.0.0.1', '-port', String(epmd)], { env, stdio: 'ignore' })
  t.teardown(() => end(names))
  await once(names, 'spawn')
  guard(names, dir)

  const output = createOutput()
  let broker: ChildProcess | undefined
  const kill = async () => { if (broker !== undefined) await end(broker) }
  const start = async () => {
    await kill() // or the one before would be nobody's
    broker = spawn(command, { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] })
    guard(broker, dir)
    await output.follow(broker)
  }
  t.teardown(kill)
  await start()
  return {
    url: `http://127.0.0.1:${webStomp}`,
    port: webStomp,
    log: output.text,
    until: matches => output.until(matches, LOG_TIMEOUT_MS),
    kill,
    restart: start
  }
}

/** Not /usr/sbin/rabbitmq-server, which Debian made for root: it becomes another user, with their files. */
function findCommand (): string {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(dir => dir !== '' && !/^\/(?:usr\/)?sbin$/.test(dir))
  const found = ['/usr/lib/rabbitmq/bin', ...onPath].map(dir => join(dir, 'rabbitmq-server')).find(existsSync)
  if (found === undefined) throw new Error(`rabbitmq-server is missing. install it: ${INSTALL}`)
  return found
}

async function freePorts (): Promise<[number, number, number, number]> {
  const found = new Set<number>()
  while (found.size < 4) found.add(await freePort())
  return [...found] as [number, number, number, number]
}

async function writeSettings (dir: string, { webStomp, amqp }: Ports): Promise<void> {
  await writeFile(join(dir, 'rabbitmq.conf'), [
    `listeners.tcp.1 = 127.0.0.1:${amqp}`,
    'stomp.listeners.tcp = none',
    'web_stomp.tcp.ip = 127.0.0.1',
    `web_stomp.tcp.port = ${webStomp}`,
    'log.file = false',
    'log.console = true',
    'log.console.level = info',
    ''
  ].join('\n'))
  await writeFile(join(dir, 'enabled_plugins'), '[rabbitmq_web_stomp].\n')
  await writeFile(join(dir, '.erlang.cookie'), 'cookie-of-a-test')
  await chmod(join(dir, '.erlang.cookie'), 0o400) // Erlang refuses one that others may read
}

/** None of the machine's own: neither its files under /etc and /var nor settings of who runs the test. */
function environment (dir: string, { dist, epmd }: Ports): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: dir,
    RUNNING_UNDER_SYSTEMD: 'true', // or a shell stays between us and the process, and a kill ends that alone
    RABBITMQ_NODENAME: `gatehouse-${dist}@127.0.0.1`,
    RABBITMQ_USE_LONGNAME: 'true',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: join(dir, 'pid'),
    RABBITMQ_DIST_PORT: String(dist),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmd)
  }
}

/** What the broker writes, kept over its starts. */
function createOutput () {
  let text = ''
  const waiting = new Set<() => void>()
  const wake = () => { for (const look of [...waiting]) look() }

  /** `failed` tells why there is no more to wait for, once that is so. */
  const until = (matches: (log: string) => boolean, timeoutMs: number, failed = () => '') =>
    new Promise<string>((resolve, reject) => {
      const settle = (problem: string) => {
        clearTimeout(timer)
        waiting.delete(look)
        if (problem === '') resolve(text)
        else reject(new Error(`rabbitmq-server ${problem}. The end of its log:\n${text.slice(-TAIL)}`))
      }
      const look = () => {
        if (matches(text)) settle('')
        else if (failed() !== '') settle(failed())
      }
      const timer = setTimeout(() => settle(`did not write it within ${timeoutMs} ms: ${String(matches)}`), timeoutMs)
      waiting.add(look)
      look()
    })

  /** Resolves once the broker has started; rejects when it ends before. */
  const follow = async (broker: ChildProcess) => {
    const from = text.length
    let problem = ''
    const fail = (why: string) => {
      problem ||= why
      wake()
    }
    for (const stream of [broker.stdout, broker.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        wake()
      })
    }
    broker.on('error', () => fail(`is missing. install it: ${INSTALL}`))
    broker.on('close', code => fail(`ended by itself (${code})`))
    await until(log => log.includes(STARTED, from), START_TIMEOUT_MS, () => problem)
  }
  return { text: () => text, until, follow }
}

/** Kills it, if that is still to be done, and waits until it has gone. */
async function end (child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>(resolve => { child.once('exit', () => resolve()) })
  child.kill('SIGKILL')
  await gone
}

/** Ends child and directory when the test's process is killed: a shell sees its input end, and does it. */
function guard (child: ChildProcess, dir: string): void {
  if (child.pid === undefined) return // told elsewhere
  const script = 'trap "" INT TERM HUP; cat; kill -9 "$0"; rm -rf "$1"' // a Ctrl-C reaches it, too
  const shell = spawn('sh', ['-c', script, String(child.pid), dir], { stdio: ['pipe', 'ignore', 'ignore'] })
  shell.on('error', () => {}) // no shell, no guard: the test ends it all the same
  child.once('exit', () => { shell.kill('SIGKILL') }) // before the number is another's
  shell.unref()
}

/** Resolves at the event; a command that is not there is told with the way to get it. */
function once (child: ChildProcess, event: 'spawn'): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once(event, () => resolve())
    child.once('error', () => reject(new Error(`epmd is missing. install it: ${INSTALL}`)))
  })
}
