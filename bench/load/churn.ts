import { INFO_BODY } from '../backends/info-body.js'
import { answerParent } from '../child.js'
import { createFrameReader, encodeFrame, OPCODE } from '../frames.js'
import { browserHead } from './browser-head.js'
import { Exchange } from './exchange.js'
import { inParallel } from './in-parallel.js'
import { closeTunnel, MASKING_KEY, openTunnel } from './cheap-tunnel.js'

/** How much of it, and where. */
export interface ChurnPlan {
  readonly port: number
  /** The path of the SockJS service, without a slash at its end. */
  readonly path: string
  /** Connections and requests in all. */
  readonly total: number
  readonly lanes: number
}

/** What is done next, in this order, again and again: of 20, 5 are tunnels, 3 are refused or aborted. */
type Kind = 'tunnel' | 'request' | 'stream' | 'poll' | 'refused request' | 'refused upgrade'

const ROUND: readonly Kind[] = [
  'tunnel', 'request', 'request', 'request', 'tunnel', 'request', 'request', 'refused request',
  'tunnel', 'request', 'request', 'request', 'tunnel', 'request', 'request', 'refused upgrade',
  'tunnel', 'request', 'stream', 'request'
]

/** One poll that is given up in so many rounds, beside the streams. */
const POLL_EVERY = 5

/** Requests that one connection carries. */
const KEPT_FOR = 100

const STRANGER = 'https://stranger.example.net'
const MESSAGE = Buffer.alloc(100, 'x')
const MESSAGE_FRAME = encodeFrame(OPCODE.text, MESSAGE, MASKING_KEY)

/** A lane's connection for plain requests. */
interface Lane { exchange: Exchange | undefined, requests: number }

/** Short tunnels and requests of all kinds, each of them checked to its last byte. */
const questions = {
  /** Resolves with how many there were of each kind; rejects with the first that went wrong. */
  churn: async ({ total, lanes, ...target }: ChurnPlan): Promise<Record<string, number>> => {
    const done: Record<string, number> = {}
    const kept = Array.from({ length: lanes }, (): Lane => ({ exchange: undefined, requests: 0 }))
    await inParallel(total, lanes, async (index, lane) => {
      const kind = kindOf(index)
      await run[kind]({ ...target, index, lane: kept[lane] as Lane })
      done[kind] = (done[kind] ?? 0) + 1
    })
    for (const { exchange } of kept) exchange?.socket.end()
    return done
  }
}

/** For whoever starts this program. */
export type Churn = typeof questions

answerParent(questions)

function kindOf (index: number): Kind {
  const kind = ROUND[index % ROUND.length] as Kind
  return kind === 'stream' && Math.floor(index / ROUND.length) % POLL_EVERY === 0 ? 'poll' : kind
}

interface Step { readonly port: number, readonly path: string, readonly index: number, readonly lane: Lane }

const run: Readonly<Record<Kind, (step: Step) => Promise<void>>> = {
  tunnel: async step => await echoOnce(step),
  request: async ({ port, path, lane }) => {
    const { status, body } = await askOn(lane, port, browserHead({ path: `${path}/info`, port }))
    check(status === 200 && body === INFO_BODY, `${status} ${body}`)
  },
  stream: async ({ port, path, index }) => {
    const exchange = await Exchange.open(port)
    const head = await exchange.begin(browserHead({ path: `${path}/000/s${index}/eventsource`, port }))
    check(head.startsWith('HTTP/1.1 200 '), head)
    exchange.socket.resetAndDestroy()
  },
  poll: async ({ port, path, index }) => {
    const { socket } = await Exchange.open(port)
    const head = browserHead({ method: 'POST', path: `${path}/000/s${index}/xhr`, port })
    await new Promise(resolve => socket.write(head, resolve))
    socket.resetAndDestroy()
  },
  'refused request': async ({ port, path, lane }) => {
    const { status, body } = await askOn(lane, port, browserHead({ path: `${path}/info`, port, origin: STRANGER }))
    check(status === 403 && body.includes('ERR_ORIGIN_NOT_ALLOWED'), `${status} ${body}`)
  },
  'refused upgrade': async ({ port, path }) => {
    const exchange = await Exchange.open(port)
    const head = browserHead({ path: `${path}/websocket`, port, origin: STRANGER, upgrade: true })
    const { status, body } = await exchange.request(head)
    check(status === 403 && body.includes('ERR_ORIGIN_NOT_ALLOWED'), `${status} ${body}`)
    exchange.socket.end()
  }
}

function check (holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as expected: ${what}`)
}

async function askOn (lane: Lane, port: number, head: string): Promise<{ status: number, body: string }> {
  if (lane.exchange === undefined || !lane.exchange.isOpen || ++lane.requests > KEPT_FOR) {
    lane.exchange?.socket.end()
    lane.exchange = await Exchange.open(port)
    lane.requests = 1
  }
  return await lane.exchange.request(head)
}

/** One message there and back, then both say goodbye. */
async function echoOnce ({ port, path }: Step): Promise<void> {
  const opcodes: number[] = []
  await new Promise<void>((resolve, reject) => {
    const take = createFrameReader(false, (opcode, payload) => {
      opcodes.push(opcode)
      if (opcode !== OPCODE.text) return
      if (payload.equals(MESSAGE)) opening.then(closeTunnel, reject)
      else reject(new Error('an echo is not what was sent'))
    })
    const opening = openTunnel({
      port,
      path: `${path}/websocket`,
      onBytes: bytes => take(Buffer.from(bytes)), // the reader keeps what is no whole frame yet
      onClose: resolve
    })
    opening.then(socket => { socket.write(MESSAGE_FRAME) }, reject)
  })
  check(opcodes.join() === [OPCODE.text, OPCODE.close].join(), `the frames of a tunnel: ${opcodes.join()}`)
}
