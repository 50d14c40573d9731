import type { Socket } from 'node:net'
import type { Test } from 'tap'
import { listen, type ListeningApp } from './build.js'
import { answerWith, fakeInstance, type FakeInstance } from './fake-instance.js'
import { rawSocket, requestHead, type RawSocket } from './raw-socket.js'

/** One final HTTP answer as it stood on the wire. */
export interface Answer {
  status: number
  /** Status line and header lines, without the empty line. */
  head: string
  body: string
  /** The value of every line with this name, in order. */
  header: (name: string) => string[]
}

/** A listening gateway, the one bare instance behind it, and clients made of bare sockets. */
export interface GatewayPair extends ListeningApp {
  instance: FakeInstance
  /** Connects and sends these bytes. */
  open: (bytes?: string) => Promise<RawSocket>
  /** The same, and waits for the first whole answer. */
  ask: (bytes: string) => Promise<Answer>
  /** All bytes the instance received so far; a request of our own makes sure that none is on its way. */
  instanceBytes: () => Promise<string>
}

const MARK = '/marks-the-end'
const MARKING = new RegExp(`GET \\S*${MARK}[^]*?\r\n\r\n`, 'g')

/** Settings as for `listen`; `onRequest` as for `fakeInstance`. */
export async function gatewayPair (
  t: Test, settings: Record<string, string> = {}, onRequest?: (head: string, socket: Socket) => void
): Promise<GatewayPair> {
  const answerOk = (_head: string, socket: Socket) => { socket.write(answerWith('ok')) }
  const instance = await fakeInstance(t, (head, socket) => {
    if (onRequest === undefined || head.includes(MARK)) answerOk(head, socket)
    else onRequest(head, socket)
  })
  const gateway = await listen(t, { STOMP_UPSTREAMS: instance.url, ...settings })
  const open = (bytes?: string) => rawSocket(t, gateway.port, bytes)
  const ask = async (bytes: string) => {
    const client = await open(bytes)
    await client.until(seen => readAnswers(seen).length > 0)
    return readAnswers(client.received())[0]!
  }
  const instanceBytes = async () => {
    await ask(requestHead(`GET /stomp${MARK}`, ['Connection: close']))
    return instance.received.join('').replaceAll(MARKING, '')
  }
  return { ...gateway, instance, open, ask, instanceBytes }
}

/** The whole final answers at the start of these bytes; chunks of a body are joined. */
export function readAnswers (bytes: string): Answer[] {
  const answers: Answer[] = []
  let rest = bytes
  while (true) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) return answers
    const head = rest.slice(0, end)
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1])
    const header = (name: string) => head.split('\r\n').slice(1)
      .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const)
      .filter(([found]) => found.toLowerCase() === name.toLowerCase()).map(([, value]) => value.trim())
    rest = rest.slice(end + 4)
    if (status >= 100 && status < 200) continue
    const framed = header('transfer-encoding').length > 0
      ? readChunks(rest)
      : readLength(rest, Number(header('content-length')[0] ?? 0))
    if (framed === undefined) return answers
    answers.push({ status, head, body: framed.body, header })
    rest = framed.rest
  }
}

function readLength (bytes: string, length: number) {
  return bytes.length < length ? undefined : { body: bytes.slice(0, length), rest: bytes.slice(length) }
}

function readChunks (bytes: string): { body: string, rest: string } | undefined {
  let body = ''
  let rest = bytes
  while (true) {
    const line = /^([0-9a-f]+)\r\n/i.exec(rest)
    if (line === null) return undefined
    const size = parseInt(line[1]!, 16)
    const from = line[0].length
    if (rest.length < from + size + 2) return undefined
    body += rest.slice(from, from + size)
    rest = rest.slice(from + size + 2)
    if (size === 0) return { body, rest }
  }
}
