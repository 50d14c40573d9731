import { createHash } from 'node:crypto'
import { Agent, request } from 'undici'
import { MAX_DOCUMENT_BYTES, parseOriginBytes } from '../origin/document.js'
import type { OriginSource } from '../origin/policy.js'
import type { SourceOptions } from './options.js'
import { PolledSource } from './polled.js'

/** The only tags sent back: RFC 9110 section 8.8.3. A server's text goes into no header unchecked. */
const ENTITY_TAG = /^(?:W\/)?"[!#-~]{0,1024}"$/

/** What is kept from the last good answer. */
interface Known { readonly entries: readonly string[], readonly etag: string }
/** What the last document said, so that the same bytes are not read again at every poll. */
interface Parsed { readonly hash: string, readonly entries: readonly string[] | Error }

/**
 * A document behind an http(s) URL; see parseOriginDocument. It is asked for every `pollMs`, with the last
 * ETag. User name and password of the URL become Basic authorization (RFC 7617).
 */
export function createHttpSource (
  { name, url: given }: { readonly name: string, readonly url: string },
  { pollMs, fetchTimeoutMs }: Pick<SourceOptions, 'pollMs' | 'fetchTimeoutMs'>
): OriginSource {
  const agent = new Agent({ connections: 1, connect: { timeout: fetchTimeoutMs } })
  const { url, headers } = readTarget(given)
  let known: Known | undefined
  let parsed: Parsed | undefined
  return new PolledSource({
    name,
    intervalMs: pollMs,
    timeoutMs: fetchTimeoutMs,
    timeoutMessage: `it did not answer completely within ${fetchTimeoutMs} ms: check the server, or raise ORIGIN_FETCH_TIMEOUT_MS`,
    read: async signal => {
      const condition = known && { 'if-none-match': known.etag }
      const answer = await send(url, { dispatcher: agent, headers: { ...headers, ...condition }, signal })
      if (answer.statusCode === 304 && known !== undefined) return await discard(answer, known.entries)
      parsed = parse(await readBody(answer, url), parsed)
      if (parsed.entries instanceof Error) throw parsed.entries
      const { entries } = parsed
      const { etag } = answer.headers
      known = typeof etag === 'string' && ENTITY_TAG.test(etag) ? { entries, etag } : undefined
      return entries
    },
    end: async () => await agent.destroy()
  })
}

function parse (bytes: Uint8Array, last: Parsed | undefined): Parsed {
  const hash = createHash('sha256').update(bytes).digest('base64')
  if (hash === last?.hash) return last
  try {
    return { hash, entries: parseOriginBytes(bytes) }
  } catch (error) {
    return { hash, entries: error as Error }
  }
}

function readTarget (given: string): { url: URL, headers: Record<string, string> } {
  const url = new URL(given)
  const credentials = [url.username, url.password].map(decodeURIComponent).join(':')
  url.username = url.password = ''
  return {
    url,
    headers: {
      accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
      'accept-encoding': 'identity', // a small answer must not unfold into a large one
      ...(credentials !== ':' && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` })
    }
  }
}

type Answer = Awaited<ReturnType<typeof request>>

async function send (url: URL, options: Parameters<typeof request>[1]): Promise<Answer> {
  try {
    return await request(url, options)
  } catch (error) {
    throw describeFailure(error)
  }
}

/** Only the code is told: messages of sockets and parsers may quote what was sent. */
function describeFailure (error: unknown): Error {
  const { code, name } = error as NodeJS.ErrnoException
  return new Error(`it cannot be read (${code ?? name}): check the address, and that the server runs`)
}

async function discard<T> (answer: Answer, instead: T): Promise<T> {
  answer.body.on('error', () => {}).destroy()
  return instead
}

async function readBody (answer: Answer, url: URL): Promise<Uint8Array> {
  const fault = findAnswerFault(answer, url)
  if (fault !== undefined) throw await discard(answer, new Error(fault))
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer.body) { // leaving the loop ends the connection
      size += chunk.length
      if (size > MAX_DOCUMENT_BYTES) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw describeFailure(error)
  }
  if (size > MAX_DOCUMENT_BYTES) throw new Error(`it has more than ${MAX_DOCUMENT_BYTES} bytes: shorten it`)
  return Buffer.concat(chunks)
}

function findAnswerFault ({ statusCode, headers }: Answer, url: URL): string | undefined {
  if (headers.location !== undefined) return describeRedirect(String(headers.location), url)
  if (statusCode === 401 || statusCode === 403) return `it answered ${statusCode}: check the user name and password`
  if (statusCode !== 200) return `it answered ${statusCode}, not 200: check the address`
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return 'its answer is compressed, though it was asked not to be: serve the document as it is'
  if (!tellsItsEnd(headers)) return 'its answer tells no length, so nobody knows when it is cut short: send Content-Length'
}

/** RFC 9112 section 6.3: any other body ends with its connection, wherever that breaks. */
function tellsItsEnd ({ 'transfer-encoding': coding, 'content-length': length }: Answer['headers']): boolean {
  return coding === undefined ? length !== undefined : String(coding).toLowerCase() === 'chunked'
}

/** The place alone: a path or query may hold a token, and whoever answers has written it. */
function describeRedirect (location: string, url: URL): string {
  const target = URL.canParse(location, url.href) ? new URL(location, url).origin : 'nowhere'
  return `it redirects to ${target}, and redirects are not followed: name the final address`
}
