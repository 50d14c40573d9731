import { Agent, request } from 'undici'
import { quote } from '../config/faults.js'
import type { Explanation } from '../origin/explain.js'
import { printable } from '../origin/printable.js'
import { CliError } from './io.js'

const MAX_ANSWER_BYTES = 1_048_576

/** Whom to ask: the URL of an admin listener, and its ADMIN_TOKEN when it has one. */
export interface AdminListener {
  readonly url: string
  readonly token: string | undefined
  /** Host of the request in question, for policies that look at it. */
  readonly host?: string | undefined
  /** For the whole question; 5 s when left out. */
  readonly timeoutMs?: number
}

/**
 * Asks the admin listener of a running gateway, which decides by the list that it enforces at this moment.
 * @throws CliError when there is no answer to be had, with the mend
 */
export async function askGateway (
  origin: string, { url, token, host, timeoutMs = 5_000 }: AdminListener
): Promise<Explanation & { unsure?: string }> {
  const target = explainUrl(url, origin, host)
  const place = target.origin + target.pathname.slice(0, -PATH.length)
  const { status, text } = await get(target, token, timeoutMs).catch((error: unknown) => {
    throw new CliError(`${place} cannot be asked: ${describeFailure(error, timeoutMs)}`)
  })
  if (status !== 200) throw new CliError(describeStatus(status, place, token !== undefined))
  return readExplanation(text, place)
}

/** Leaves no connection open. Redirects are not followed: they would take the token along. */
async function get (
  target: URL, token: string | undefined, timeoutMs: number
): Promise<{ status: number, text: string }> {
  const agent = new Agent()
  try {
    const { statusCode, body } = await request(target, {
      dispatcher: agent,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    })
    return { status: statusCode, text: await readBounded(body) }
  } finally {
    await agent.destroy()
  }
}

const PATH = '/origins/explain'

function explainUrl (url: string, origin: string, host: string | undefined): URL {
  // First, because the other message shows the URL.
  if (url.includes('@')) {
    throw new CliError('The URL holds a user name or password. Give the token as ADMIN_TOKEN instead')
  }
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base?.protocol !== 'http:' && base?.protocol !== 'https:') {
    throw new CliError(`${quote(url)} is no http:// or https:// URL. Write that of the admin listener, such as http://127.0.0.1:9000`)
  }
  const target = new URL(`${base.pathname.replace(/\/+$/, '')}${PATH}`, base.origin)
  target.searchParams.set('origin', origin)
  if (host !== undefined) target.searchParams.set('host', host)
  return target
}

async function readBounded (body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw new Error('its answer is longer than 1 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function describeStatus (status: number, place: string, hasToken: boolean): string {
  if (status === 401 || status === 403) {
    return `${place} refuses to tell (${status}). ${hasToken ? 'Its token is another one than ADMIN_TOKEN here' : 'Set ADMIN_TOKEN to its token'}`
  }
  if (status === 404) return `${place} is no admin listener of Gatehouse (404). Name ADMIN_HOST and ADMIN_PORT, such as http://127.0.0.1:9000`
  return `${place} answers with status ${status}`
}

function readExplanation (text: string, place: string): Explanation & { unsure?: string } {
  try {
    const answer: unknown = JSON.parse(text)
    if (isExplanation(answer)) return answer
  } catch { /* told below: what is no JSON is no explanation */ }
  throw new CliError(`${place} answers with something else than an explanation. Is it the admin listener of Gatehouse?`)
}

/** Anybody may stand behind the URL, so the shape is checked before it is believed. */
function isExplanation (answer: unknown): answer is Explanation & { unsure?: string } {
  const given = Object(answer) as Partial<Explanation> & { unread?: unknown, unsure?: unknown }
  const { allowed, message, misses, spring, unread, unsure } = given
  return typeof allowed === 'boolean' && typeof message === 'string' && unread === undefined &&
    (unsure === undefined || typeof unsure === 'string') &&
    Array.isArray(misses) &&
    misses.every(miss => typeof miss?.entry === 'string' && typeof miss.reason === 'string') &&
    (spring === undefined || typeof Object(spring).difference === 'string')
}

function describeFailure (error: unknown, timeoutMs: number): string {
  const { code, name, message } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED). Is the gateway running?'
  return printable(code ?? message, 200)
}
