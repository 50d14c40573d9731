import { request } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import t from 'tap'
import { ResponseReader } from '../../../src/http/response-reader.js'
import { seededRandom } from '../../helper/seeded-random.js'

/** What a reader makes of an answer; undefined: it refuses it, or finds it cut. */
type Reading = { status: number, headers: readonly string[], body: string } | undefined

const CASES = 3_000

const CODINGS = ['Chunked', 'chunked ', 'chunked,', 'gzip, chunked', 'chunked, chunked', 'xchunked', 'identity'] as const

const random = seededRandom(20_261_123)
const below = (limit: number) => Math.floor(random() * limit)
const pick = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] as T
const sometimes = (chance: number, text: string) => random() < chance ? text : ''

/** Mostly what it should be. */
const mostly = (right: string, odd: readonly [string, ...string[]]) => random() < 0.9 ? right : pick(odd)
const lineEnd = () => random() < 0.005 ? '\n' : '\r\n'

function randomChunks (body: string): string {
  let text = ''
  for (let at = 0; at < body.length;) {
    const size = 1 + below(body.length - at)
    const hex = size.toString(16)
    text += mostly(hex, [`0${hex}`, hex.toUpperCase(), `${hex};a=b`, `${hex};a="\n"`, `${hex} `]) + lineEnd()
    text += body.slice(at, at += size) + lineEnd()
  }
  return `${text}0${sometimes(0.1, ';a')}${lineEnd()}${sometimes(0.1, pick(['A: b\r\n', 'Content-Length: 9\r\n']))}\r\n`
}

function randomFraming (body: string): string[] {
  const length = `Content-Length: ${mostly(`${body.length}`, [`${body.length + 1}`, `0${body.length}`, '+1', '1,1'])}`
  const coding = `Transfer-Encoding: ${mostly('chunked', CODINGS)}`
  if (random() < 0.05) return pick([[length, length], [length, coding], [coding, length]])
  return pick([[length], [coding], []])
}

function randomAnswer (): string {
  const body = pick(['', 'a', 'hello', '0\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'])
  const lines = randomFraming(body)
  const isCoded = lines.some(line => /: .*chunked/i.test(line))
  lines.push(mostly('X: y', ['X:', 'X:  y\t', 'X: \xfc', 'X: a\x01', 'B@d: x', ' folded', ': x', 'A : x']))
  const interim = sometimes(0.1, `HTTP/1.1 ${pick(['100', '102', '103'])} Wait\r\n${sometimes(0.5, 'Link: a\r\n')}\r\n`)
  const status = mostly('200 OK', ['200', '200 ', '404 No', '204 No', '304 No', '099 X'])
  const statusLine = `HTTP/${mostly('1.1', ['1.0', '1.2'])} ${status}`
  const head = [statusLine, ...lines].map(line => line + lineEnd()).join('') + lineEnd()
  return broken(interim + head + (isCoded ? randomChunks(body) : body))
}

/** Now and then one byte more, less or changed. */
function broken (text: string): string {
  if (random() < 0.9) return text
  const at = below(text.length)
  return text.slice(0, at) + pick(['', '\r', '\n', ' ', '0', '\0', ':', '\x80']) + text.slice(at + below(2))
}

/** By the reader under test, in pieces of random size. */
function readHere (answer: Buffer, method: string): Reading {
  const reader = new ResponseReader(method)
  const size = pick([1, 2, 5, 17, answer.length])
  const parts = []
  try {
    for (let at = 0; at < answer.length && parts.at(-1)?.ended !== true; at += size) {
      parts.push(reader.read(answer.subarray(at, at + size)))
    }
  } catch { return undefined }
  if (parts.at(-1)?.ended !== true) parts.push(reader.close())
  const head = parts.find(part => part?.head !== undefined)?.head
  if (head === undefined || parts.at(-1)?.ended !== true) return undefined
  const body = Buffer.concat(parts.flatMap(part => part?.body ?? [])).toString('latin1')
  return { status: head.status, headers: head.headers, body }
}

/** By node:http, over a stream in memory. */
async function readByNode (answer: Buffer, method: string): Promise<Reading> {
  const stream = new Duplex({
    read () {},
    write (_chunk, _encoding, done) {
      stream.push(answer)
      stream.push(null)
      done()
    }
  })
  return await new Promise(resolve => {
    const refuse = () => resolve(undefined)
    const asked = request({ method, createConnection: () => stream as Socket }, response => {
      let body = ''
      response.setEncoding('latin1').on('data', text => { body += text }).on('error', refuse).on('end', () => {
        const { statusCode: status = 0, rawHeaders: headers, complete } = response
        resolve(complete ? { status, headers, body } : undefined)
      })
    })
    asked.on('error', refuse).end()
  })
}

t.test('an answer that both this reader and node:http take is the same to both, to its last byte', async t => {
  let agreed = 0
  for (let count = 0; count < CASES; count++) {
    const text = randomAnswer()
    const answer = Buffer.from(text, 'latin1')
    const method = pick(['GET', 'GET', 'GET', 'HEAD'])
    const here = readHere(answer, method)
    if (here === undefined) continue
    const there = await readByNode(answer, method)
    if (there === undefined) continue
    agreed++
    if (JSON.stringify(here) !== JSON.stringify(there)) t.same(here, there, `${method} ${JSON.stringify(text)}`)
  }
  t.ok(agreed > CASES / 2, `${agreed} answers were taken by both`)
})
