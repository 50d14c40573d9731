import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A request, as Tomcat logs it once it is answered in full; a stream, therefore, when it has ended. */
export interface LoggedRequest {
  /** The file's name: that of the instance. */
  instance: string
  method: string
  path: string
  status: string
  userAgent: string
  /** The session's id in its cookie; `-` for none. */
  jsessionid: string
}

export interface TomcatAccessLog {
  /** For each Spring whose requests are wanted; their chat.instance tells them apart. */
  settings: Record<string, string>
  requests: () => Promise<LoggedRequest[]>
  /** Resolves with the first request that matches; rejects when none does for 45 s. */
  until: (what: string, matches: (request: LoggedRequest) => boolean) => Promise<LoggedRequest>
}

const PATTERN = '%m\t%U\t%s\t%{User-Agent}i\t%{JSESSIONID}c'
const PATIENCE_MS = 45_000

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
    pattern: PATTERN
  }
  const settings = Object.entries(log).map(([name, value]) => [`server.tomcat.accesslog.${name}`, value])
  return { settings: Object.fromEntries(settings), requests, until }
}

function parse (instance: string, text: string): LoggedRequest[] {
  return text.split('\n').slice(0, -1).map(line => {
    const [method = '', path = '', status = '', userAgent = '', jsessionid = ''] = line.split('\t')
    return { instance, method, path, status, userAgent, jsessionid }
  })
}

async function tail (requests: () => Promise<LoggedRequest[]>): Promise<string> {
  return (await requests()).slice(-20).map(request => Object.values(request).join(' ')).join('\n')
}
