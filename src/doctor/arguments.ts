import { parseOrigin } from '../origin/origin.js'
import type { Hop, Visit } from './hop.js'

/** The options as the command line gives them. */
export interface DoctorOptions {
  readonly url: string
  readonly origin: string
  /** `name=url`, outermost first. */
  readonly hop: readonly string[]
  readonly instance: readonly string[]
  readonly timeout: string
  readonly json?: true
  readonly insecure?: true
}

/** What is wrong with an option, and how to write it. It never repeats the text: a password may be in it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const MAX_HOPS = 16

/**
 * Where to go and how to ask.
 * @throws UsageError for the first option that cannot be used
 */
export function readArguments (options: DoctorOptions): { front: Hop, inner: readonly Hop[], visit: Visit } {
  const front: Hop = { name: 'public URL', kind: 'public', url: readEndpoint('--url', options.url) }
  const origin = options.origin === 'null' ? 'null' : parseOrigin(options.origin)?.origin
  if (origin === undefined) {
    throw new UsageError('--origin: write scheme://host[:port] and nothing else, as http://localhost:3000')
  }
  const inner = [
    ...options.hop.map(readHop),
    ...options.instance.map((text, index): Hop => {
      return { name: `instance ${index + 1}`, kind: 'instance', url: readEndpoint('--instance', text) }
    })
  ]
  if (inner.length > MAX_HOPS) throw new UsageError(`at most ${MAX_HOPS} of --hop and --instance can be asked at once`)
  const visit = { origin, timeoutMs: readTimeout(options.timeout), insecure: options.insecure === true }
  return { front, inner, visit }
}

function readEndpoint (option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^(?:http|ws)s?:$/.test(url.protocol)) {
    throw new UsageError(`${option}: write the URL in full, as https://host/stomp/ws-stomp`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`${option}: leave user and password out, no credentials are sent`)
  }
  if (url.search !== '' || url.hash !== '') throw new UsageError(`${option}: leave query and fragment out`)
  // Pasted from the network tab, it ends in /info.
  return `${url.protocol.replace('ws', 'http')}//${url.host}${url.pathname.replace(/(?:\/info)?\/*$/, '')}`
}

function readHop (text: string): Hop {
  const [, name, url] = /^([\w.-]{1,40})=(.*)$/s.exec(text) ?? []
  if (name === undefined || url === undefined) {
    throw new UsageError('--hop: write name=url, as nginx=http://10.0.0.2/stomp/ws-stomp')
  }
  return { name, kind: 'hop', url: readEndpoint('--hop', url) }
}

function readTimeout (text: string): number {
  const ms = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (ms < 100 || ms > 60_000) throw new UsageError('--timeout: write a number of ms from 100 to 60000')
  return ms
}
