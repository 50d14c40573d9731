/** What the gateway has to know of a header's name, worked out once for each spelling. */
export interface HeaderName {
  readonly lower: string
  /** As CGI-like servers read it: lower-case, and `_` is `-`. */
  readonly dashed: string
  /** It may stand in a header line (RFC 9110 §5.1). */
  readonly isToken: boolean
  readonly isHopByHop: boolean
  /** The gateway writes it itself, or has met it at the door. */
  readonly isRewritten: boolean
  /** An instance's `Access-Control-*`, which are the gateway's alone to say. */
  readonly isCors: boolean
}

/** RFC 9110 §7.6.1, and what older texts count as hop-by-hop. `proxy` is httpoxy (CVE-2016-5385). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization',
  'proxy-connection', 'proxy', 'te', 'trailer', 'transfer-encoding', 'upgrade'])

/** The gateway frames the message and names the host itself; Expect was met or refused at the door. */
const REWRITTEN = new Set(['host', 'content-length', 'expect', 'http2-settings'])

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Far more than honest clients and instances spell; what is longer is no name that comes often. */
const MOST_NAMES = 1_000
const LONGEST_NAME = 64

const known = new Map<string, HeaderName>()

/**
 * Looks a name up, as it is spelled. Names come again and again, so what is known of them is kept, within
 * bounds: who sends a thousand others makes it be worked out anew, and no more.
 */
export function headerName (spelling: string): HeaderName {
  return known.get(spelling) ?? learn(spelling)
}

/** How many names are kept just now. */
export function knownHeaderNames (): number {
  return known.size
}

function learn (spelling: string): HeaderName {
  if (spelling.length > LONGEST_NAME) return describe(spelling)
  // A slice would keep the whole text that it was cut out of; a copy keeps itself.
  const own = Buffer.from(spelling, 'latin1').toString('latin1')
  const name = describe(own)
  if (known.size >= MOST_NAMES) known.clear()
  known.set(own, name)
  return name
}

function describe (spelling: string): HeaderName {
  const lower = spelling.toLowerCase()
  return {
    lower,
    dashed: lower.replaceAll('_', '-'),
    isToken: TOKEN.test(spelling),
    isHopByHop: HOP_BY_HOP.has(lower),
    isRewritten: REWRITTEN.has(lower),
    isCors: lower.startsWith('access-control-')
  }
}
