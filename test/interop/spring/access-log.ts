import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** One request as Tomcat logged it, with what came in, before any filter of Spring's; '-' is for none. */
export interface AccessLine {
  method: string
  path: string
  status: string
  origin: string
  cookie: string
  authorization: string
  forwardedFor: string
  forwardedProto: string
  forwardedHost: string
  marker: string
}

/** Tomcat's access log of one chat-service. */
export interface AccessLog {
  /** Spring's properties that switch it on. */
  settings: Record<string, string>
  /** Lines so far. Tomcat writes one when the answer is complete: of a stream, when it has ended. */
  lines: () => Promise<AccessLine[]>
  /** Resolves with all lines once `matches` holds for them; rejects after 15 s. */
  until: (matches: (lines: AccessLine[]) => boolean) => Promise<AccessLine[]>
}

const FIELDS: ReadonlyArray<readonly [keyof AccessLine, string]> = [
  ['method', '%m'], ['path', '%U'], ['status', '%s'], ['origin', '%{Origin}i'],
  ['cookie', '%{Cookie}i'], ['authorization', '%{Authorization}i'], ['forwardedFor', '%{X-Forwarded-For}i'],
  ['forwardedProto', '%{X-Forwarded-Proto}i'], ['forwardedHost', '%{X-Forwarded-Host}i'], ['marker', '%{X-Marker}i']
]
const TIMEOUT_MS = 15_000
const SHOWN_LINES = 20

/** A log in `dir`; the chat-service writes each line as it comes. */
export function accessLog (dir: string): AccessLog {
  const lines = async () => {
    const text = await readFile(join(dir, 'access.log'), 'utf8').catch(() => '') // there with the first request
    return text.split('\n').slice(0, -1).map(parseLine)
  }
  return {
    settings: {
      'server.tomcat.accesslog.enabled': 'true',
      'server.tomcat.accesslog.directory': dir,
      'server.tomcat.accesslog.prefix': 'access',
      'server.tomcat.accesslog.suffix': '.log',
      'server.tomcat.accesslog.rotate': 'false',
      'server.tomcat.accesslog.buffered': 'false',
      'server.tomcat.accesslog.pattern': FIELDS.map(([, code]) => code).join('\t')
    },
    lines,
    until: async matches => {
      const begun = performance.now()
      for (;;) {
        const read = await lines()
        if (matches(read)) return read
        if (performance.now() - begun > TIMEOUT_MS) {
          const last = read.slice(-SHOWN_LINES).map(line => JSON.stringify(line)).join('\n')
          throw new Error(`the access log does not show it within ${TIMEOUT_MS} ms. Its last lines:\n${last}`)
        }
        await delay(20)
      }
    }
  }
}

function parseLine (line: string): AccessLine {
  const values = line.split('\t')
  return Object.fromEntries(FIELDS.map(([name], index) => [name, values[index]])) as unknown as AccessLine
}
