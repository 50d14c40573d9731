import type { Failure } from './answer.js'
import type { Trouble, TroubleCode } from './finding.js'

type Row = readonly [code: RegExp, trouble: TroubleCode, message: string, mend: string]

/** Node's codes of sockets, name look-ups, TLS and its HTTP parser, by what a person can do about them. */
const ROWS: readonly Row[] = [
  [/^ECONNREFUSED$/, 'connection-refused', 'nothing listens at $host',
    'start the service, or correct the port; one that listens on 127.0.0.1 is reached from its own machine only'],
  [/^(?:ENOTFOUND|EAI_AGAIN|ENODATA)$/, 'unknown-host', 'the name $name has no address ($code)',
    'check the spelling and ask the DNS from here; names of containers are known inside their network only'],
  [/CERT|^UNABLE_TO|SELF_SIGNED/, 'certificate', 'the certificate of $host is not trusted ($code), so a browser stops here',
    'install a certificate for this name with its whole chain; --insecure looks at what lies behind'],
  [/^(?:EPROTO|ERR_SSL)/, 'tls', '$host does not speak TLS ($code)',
    'use the port that serves https, or write http://'],
  [/^HPE_/, 'not-http', '$host answers with something that is not HTTP/1.1 ($code)',
    'check the port: https behind http://, HTTP/2 alone, or another service'],
  [/^INVALID_HANDSHAKE$/, 'invalid-handshake', '$host answers 101, but not to this handshake',
    'a proxy or cache between made up or changed the answer: let it pass Upgrade and Sec-WebSocket-* untouched'],
  [/^TIMEOUT$/, 'timed-out', 'no answer from $host in $ms ms',
    'check firewalls and the service itself; --timeout gives it longer'],
  [/^(?:ECONNRESET|EPIPE)$/, 'broken-off', '$host broke the connection off without an answer',
    'look into the logs of the proxy and the service at this moment; a TLS port spoken to in plain does so, too']
]

const OTHER: Row = [/./, 'unreachable', '$host cannot be reached ($code)',
  'check the network and the routes from this machine']

/** What a missing answer means, and the mend. */
export function explainFailure ({ code }: Failure, url: string, timeoutMs: number): Trouble {
  const [, trouble, message, mend] = ROWS.find(([pattern]) => pattern.test(code)) ?? OTHER
  const said = message
    .replace('$host', () => new URL(url).host)
    .replace('$name', () => new URL(url).hostname)
    .replace('$code', code)
    .replace('$ms', String(timeoutMs))
  return { code: trouble, message: said, mend }
}
