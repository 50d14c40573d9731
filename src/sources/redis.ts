import { once } from 'node:events'
import type { Redis, RedisOptions } from 'ioredis'
import { MAX_ENTRIES, MAX_ENTRY_LENGTH } from '../origin/document.js'
import type { OriginSource } from '../origin/policy.js'
import type { SourceOptions } from './options.js'
import { PolledSource, type Refresh } from './polled.js'

/** One connection reads; a connection that subscribes is for messages alone. */
interface Connections { readonly reader: Redis, readonly subscriber: Redis }

/** A subscriber is asked this often whether it still hears anything, or as often as the set is read. */
const LONGEST_SILENCE_MS = 5_000
/** ms of silence after which the kernel asks the other end; it finds out what no command does. */
const KEEP_ALIVE_MS = 10_000
/** Redis has no order. Of more members than these the order is left as it comes: nobody reads them all. */
const MAX_SORTED = 1_000
/** Longest pause between two attempts to connect. */
const LONGEST_PAUSE_MS = 3_000

/**
 * The members of a Redis set, save those that begin with `#`. It is read again when a message comes on the
 * channel `<key>:changed`, whenever a connection is made, and every `pollMs`. A key that does not exist is a
 * failure: a slip in its name and lost data look the same. Lost connections, and those that say nothing any
 * more, are made again, for ever, with growing pauses.
 */
export function createRedisSource (
  { name, url }: { readonly name: string, readonly url: string },
  { pollMs, fetchTimeoutMs, redisKey, log }: SourceOptions
): OriginSource {
  const onDeaf = (reason: string) => {
    log.warn({ source: name, reason }, 'origin source hears of no changes, and is polled')
  }
  let connections: Connections | undefined
  let asking: NodeJS.Timeout | undefined
  const keepSame = keepSameMembers()
  return new PolledSource({
    name,
    intervalMs: pollMs,
    timeoutMs: fetchTimeoutMs,
    timeoutMessage: `it did not answer within ${fetchTimeoutMs} ms: check the server, or raise ORIGIN_FETCH_TIMEOUT_MS`,
    read: async (signal, refresh) => {
      const { Redis } = await import('ioredis') // loaded by those alone who use it
      signal.throwIfAborted() // closed meanwhile: nobody would end a connection made now
      if (connections === undefined) {
        const settings = readSettings(url, fetchTimeoutMs)
        connections = {
          reader: watchReader(new Redis(settings), refresh),
          subscriber: watchMessages(new Redis(settings), `${redisKey}:changed`, refresh, onDeaf)
        }
        asking = keepAsking(connections.subscriber, Math.min(pollMs, LONGEST_SILENCE_MS))
      }
      return keepSame(await readSet(connections.reader, databaseOf(url), redisKey, signal))
    },
    end: () => {
      clearInterval(asking)
      connections?.reader.disconnect()
      connections?.subscriber.disconnect()
    }
  })
}

function watchReader (reader: Redis, refresh: Refresh): Redis {
  let isUp = false
  reader.on('error', () => {}) // whoever waits for it is told
  reader.on('ready', () => {
    isUp = true
    refresh()
  })
  reader.on('close', () => {
    if (isUp) refresh() // tells at once that the server has gone
    isUp = false
  })
  return reader
}

function watchMessages (
  subscriber: Redis, channel: string, refresh: Refresh, onDeaf: (reason: string) => void
): Redis {
  subscriber.on('error', () => {}) // the reader meets the same, and tells
  subscriber.on('message', () => refresh())
  subscriber.on('ready', () => {
    subscriber.subscribe(channel).then(
      () => refresh(), // for a change that was told before anybody listened
      error => { if (subscriber.status === 'ready') onDeaf(codeOf(error)) } // else the next connection asks again
    )
  })
  return subscriber
}

/**
 * PING every `everyMs`, as who hears nothing may be cut off without a word (a firewall forgets connections).
 * Without an answer in time the connection is made again. Returns the interval, for the caller to end.
 */
function keepAsking (subscriber: Redis, everyMs: number): NodeJS.Timeout {
  let isAsked = false
  return setInterval(() => {
    if (isAsked || subscriber.status !== 'ready') return
    isAsked = true
    subscriber.ping().catch((error: Error) => {
      if (error.message === 'Command timed out') subscriber.disconnect(true) // a refusal is an answer, too
    }).finally(() => { isAsked = false })
  }, everyMs)
}

/** A command waits for nothing but its answer; to wait for a connection is the reading's own business. */
function readSettings (given: string, timeoutMs: number) {
  const { hostname, port, username, password, protocol } = new URL(given)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port === '' ? 6379 : port),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...(protocol === 'rediss:' && { tls: {} }),
    connectionName: 'gatehouse',
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs, // the greeting of a server that says nothing waits no longer, either
    disconnectTimeout: 100,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: pauseBefore,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true
  } satisfies RedisOptions
}

/** ms; spread, so that the gateways do not all come back at once. */
const pauseBefore = (attempt: number): number =>
  Math.min(50 * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)

const databaseOf = (url: string): number => Number(new URL(url).pathname.slice(1))

/** Gives the same array for the same members in any order, so that they are compared no more. */
function keepSameMembers (): (members: string[]) => string[] {
  let last: string[] = []
  let held = new Set<string>()
  return members => {
    if (members.length !== held.size || !members.every(member => held.has(member))) {
      held = new Set(members)
      last = members.length > MAX_SORTED ? members : members.sort()
    }
    return last
  }
}

/**
 * The database is selected here each time: when the one of its settings is refused, ioredis reads from the
 * first one. A connection that has not answered when the reading is given up is made again: it may be dead
 * without a word.
 */
async function readSet (
  reader: Redis, database: number, key: string, signal: AbortSignal
): Promise<string[]> {
  const giveUp = () => { if (reader.status === 'ready') reader.disconnect(true) }
  signal.addEventListener('abort', giveUp)
  return await readMembers(reader, database, key, signal)
    .catch(error => { throw error instanceof SetFault ? error : describeFailure(error, key) })
    .finally(() => signal.removeEventListener('abort', giveUp))
}

async function readMembers (
  reader: Redis, database: number, key: string, signal: AbortSignal
): Promise<string[]> {
  if (reader.status !== 'ready') await once(reader, 'ready', { signal })
  await reader.select(database)
  checkCount(await reader.scard(key), key)
  const members = await reader.smembers(key)
  checkCount(members.length, key)
  if (members.some(({ length }) => length > MAX_ENTRY_LENGTH)) {
    throw new SetFault(`a member has more than ${MAX_ENTRY_LENGTH} characters: remove it with SREM`)
  }
  return members.filter(member => !member.startsWith('#'))
}

/** What is wrong with the set, in words that may be shown. */
class SetFault extends Error {}

/** Redis keeps no empty sets: a key that is not there may be a slip, or all that was lost. */
function checkCount (count: number, key: string): void {
  if (count > MAX_ENTRIES) throw new SetFault(`the set has ${count} members: at most ${MAX_ENTRIES} are taken`)
  if (count > 0) return
  throw new SetFault(`the set '${key}' does not exist: check ORIGIN_REDIS_KEY, or SADD to it; ` +
    `to allow nobody, SADD ${key} '# nobody'`)
}

/** Node's code, or the first word of Redis. Nothing more: a message may quote the password that was sent. */
function codeOf (error: unknown): string {
  const { code, message, name } = error as NodeJS.ErrnoException
  return code ?? /^[A-Z]{3,20}(?= )/.exec(message)?.[0] ?? name
}

function describeFailure (error: unknown, key: string): Error {
  const code = codeOf(error)
  switch (code) {
    case 'WRONGTYPE': return new Error(`'${key}' holds no set: delete that key, or set another ORIGIN_REDIS_KEY`)
    case 'NOAUTH': return new Error('it wants a password: write redis://:password@host')
    case 'WRONGPASS': return new Error('it refused the user name or password: correct them in its URL')
    case 'NOPERM': return new Error('its user may not read the set: allow it SELECT, SCARD and SMEMBERS')
    // Cut while it was asked: there are no retries in a reading, the next one is the retry.
    case 'MaxRetriesPerRequestError': return new Error('the connection broke: check that the server runs')
    default: return new Error(`it cannot be read (${code}): check its address and database, and that the server runs`)
  }
}
