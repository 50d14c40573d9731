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

/** Where to go, the public URL first, and how to ask. */
export interface DoctorArguments {
  readonly front: Hop
  readonly inner: readonly Hop[]
  readonly visit: Visit
}

/** What is wrong with an option, and its mend. It never repeats the text: a password may be in it. */
export interface UsageFault { readonly fault: string }

const MAX_HOPS = 16

/** Who closes what he has just opened does so within a round trip or two. */
const SETTLE_MS = 250

/** The options, parsed; or the first one that cannot be used. */
export function readArguments (options: DoctorOptions): DoctorArguments | UsageFault {
  const front = readEndpoint('--url', { name: 'public URL', kind: 'public' }, options.url)
  const instances = options.instance.map((text, index) => {
    return readEndpoint('--instance', { name: `instance ${index + 1}`, kind: 'instance' }, text)
  })
  const read = [...options.hop.map(readHop), ...instances]
  if ('fault' in front) return front
  const inner: Hop[] = []
  for (const each of read) {
    if ('fault' in each) return each
    inner.push(each)
  }
  if (inner.length > MAX_HOPS) return { fault: `at most ${MAX_HOPS} of --hop and --instance can be asked at once` }

  const origin = options.origin === 'null' ? 'null' : parseOrigin(options.origin)?.origin
  if (origin === undefined) {
    return { fault: '--origin: write scheme://host[:port] and nothing else, as http://localhost:3000' }
  }
  const timeoutMs = /^\d{1,6}$/.test(options.timeout) ? Number(options.timeout) : 0
  if (timeoutMs < 100 || timeoutMs > 60_000) return { fault: '--timeout: write a number of ms from 100 to 60000' }
  const visit = { origin, timeoutMs, settleMs: SETTLE_MS, insecure: options.insecure === true }
  return { front, inner, visit }
}

function readHop (text: string): Hop | UsageFault {
  const [, name, url] = /^([\w.-]{1,40})=(.*)$/s.exec(text) ?? []
  return name === undefined || url === undefined
    ? { fault: '--hop: write name=url, as nginx=http://10.0.0.2/stomp/ws-stomp' }
    : readEndpoint('--hop', { name, kind: 'hop' }, url)
}

function readEndpoint (option: string, hop: Omit<Hop, 'url'>, text: string): Hop | UsageFault {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^(?:http|ws)s?:$/.test(url.protocol)) {
    return { fault: `${option}: write the URL in full, as https://host/stomp/ws-stomp` }
  }
  if (url.username !== '' || url.password !== '') {
    return { fault: `${option}: leave user and password out, no credentials are sent` }
  }
  if (url.search !== '' || url.hash !== '') return { fault: `${option}: leave query and fragment out` }
  // Pasted from the network tab, it ends in /info.
  const path = url.pathname.replace(/(?:\/info)?\/*$/, '')
  return { ...hop, url: `${url.protocol.replace('ws', 'http')}//${url.host}${path}` }
}
