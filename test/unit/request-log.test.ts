import t from 'tap'
import pino from 'pino'
import { RequestLog } from '../../src/request-log.js'

/** A logger, what it has written, and how many children it made. */
function parent () {
  const lines: Array<Record<string, unknown>> = []
  let children = 0
  const logger = pino({ level: 'trace', onChild: () => { children++ } }, { write: line => lines.push(JSON.parse(line)) })
  return { logger, lines, children: () => children }
}

t.test('makes its logger with the first line, and only one', async t => {
  const { logger, lines, children } = parent()
  const log = new RequestLog(logger, { reqId: 'a' })
  log.silent()
  t.equal(children(), 0)
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]({ n: 1 }, level)
  t.match(lines, [10, 20, 30, 40, 50, 60].map(level => ({ level, reqId: 'a', n: 1, msg: logger.levels.labels[level] })))
  t.equal(children(), 1)
})

t.test('has the level, the options and the children of that logger', async t => {
  const { logger, lines } = parent()
  const log = new RequestLog(logger, { reqId: 'a' }, { level: 'warn' })
  t.equal(log.level, 'warn')
  log.info('not told')
  log.child({ more: 1 }).warn('told')
  t.match(lines, [{ reqId: 'a', more: 1, msg: 'told' }])
  t.equal(lines.length, 1)
})
