import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** What is kept of a request, as Tomcat's pattern names it: what came in, before any filter of Spring's. */
const FIELDS = {
  method: '%m',
  path: '%U',
  status: '%s',
  userAgent: '%{User-Agent}i',
  origin: '%{Origin}i',
  authorization: '%{Authorization}i',
  cookie: '%{Cookie}i',
  /** The session's id in its cookie. */
  jsessionid: '%{JSESSIONID}c',
  forwardedFor: '%{X-Forwarded-For}i',
  forwardedProto: '%{X-Forwarded-Proto}i',
  forwardedHost: '%{X-Forwarded-Host}i',
  /** A header of the tests' own. */
  marker: '%{X-Marker}i'
}
const NAMES = Object.keys(FIELDS)
const PATIENCE_MS = 45_000
const SHOWN_REQUESTS = 20

/**
 * A request, as Tomcat logs it once it is answered in full; a stream, therefore, when it has ended. What it
 * lacks is `-`; `instance` is the chat.instance that was asked.
 */
export type LoggedRequest = Record<'instance' | keyof typeof FIELDS, string>

export interface TomcatAccessLog {
  /** For each Spring whose requests are wanted; their chat.instance tells them apart. */
  settings: Record<string, string>
  requests: () => Promise<LoggedRequest[]>
  /** Resolves with the first request that matches; rejects when none does for 45 s. */
  until: (what: string, matches: (request: LoggedRequest) => boolean) => Promise<LoggedRequest>
}

/** The access logs of Springs, line by line as they come. They go with the test. */
export async function tomcatAccessLog (t: Test): Promise<TomcatAccessLog> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-access-log-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))

  async function requests () {
    const files = await readdir(directory)
    const logs = await Promise.all(files.map(async file =>
      parse(file.replace(/\.log$/, ''), await readFile(join(directory, file), 'utf8'))))
    return logs.flat()
  }

  async function until (what: string, matches: (request: LoggedRequest) => boolean) {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const found = (await requests()).find(matches)
      if (found !== undefined) return found
      if (Date.now() > end) throw new Error(`no access log has ${what}:\n${await tail(requests)}`)
      await new Promise(resolve => setTimeout(resolve, 50)) // a file tells nobody that it grew
    }
  }

  const log = {
    enabled: 'true',
    directory,
    prefix: '${chat.instance}', // eslint-disable-line no-template-curly-in-string -- Spring's own
    suffix: '.log',
    rotate: 'false',
    buffered: 'false',
    pattern: Object.values(FIELDS).join('\t')
  }
  const settings = Object.entries(log).map(([name, value]) => [`server.tomcat.accesslog.${name}`, value])
  return { settings: Object.fromEntries(settings), requests, until }
}

function parse (instance: string, text: string): LoggedRequest[] {
  return text.split('\n').slice(0, -1).map(line => {
    const values = line.split('\t')
    const fields = Object.fromEntries(NAMES.map((name, index) => [name, values[index]]))
    return { instance, ...fields } as LoggedRequest
  })
}

async function tail (requests: () => Promise<LoggedRequest[]>): Promise<string> {
  return (await requests()).slice(-SHOWN_REQUESTS).map(request => JSON.stringify(request)).join('\n')
}
