import { once } from 'node:events'
import t from 'tap'
import { answerClientError, type ClientError } from '../../../src/proxy/client-error.js'
import { connectionOf } from '../../../src/proxy/connection.js'
import { readToEnd, socketPair } from '../../helper/socket-pair.js'

const errorOf = (code: string, reason?: string): ClientError =>
  Object.assign(new Error('Parse Error'), { code, ...(reason !== undefined && { reason }) })

const answered = [
  [errorOf('HPE_HEADER_OVERFLOW'), 431, 'ERR_REQUEST_HEAD_TOO_LARGE', /16 KiB/],
  [errorOf('ERR_HTTP_REQUEST_TIMEOUT'), 408, 'ERR_REQUEST_TIMEOUT', /in time/],
  [errorOf('HPE_INVALID_METHOD', 'Invalid method'), 400, 'ERR_REQUEST_MALFORMED', /: Invalid method$/],
  [errorOf('HPE_UNKNOWN'), 400, 'ERR_REQUEST_MALFORMED', /: it is not HTTP\/1\.1$/]
] as const

for (const [error, status, code, message] of answered) {
  t.test(`answers ${status} to ${error.code}, and closes`, async t => {
    const { accepted, dialled } = await socketPair(t)
    const closed = once(accepted, 'close')
    answerClientError(error, accepted, 'id-1')
    const [head, body] = String(await readToEnd(dialled)).split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`))
    t.match(head, /^Vary: Origin\r$/m)
    t.match(head, new RegExp(`^Content-Length: ${body!.length}$`, 'm'))
    t.match(JSON.parse(body!), { statusCode: status, code, message, requestId: 'id-1' })
    await closed
  })
}

t.test('says nothing behind a request under way: its bytes would be taken for that answer', async t => {
  const { accepted, dialled } = await socketPair(t)
  connectionOf(accepted).underWay = 1
  const seen = readToEnd(dialled)
  answerClientError(errorOf('HPE_INVALID_METHOD'), accepted, 'id-1')
  t.equal(String(await seen), '')
  t.ok(accepted.destroyed)
})

t.test('ends a connection that was reset or can be written to no more', async t => {
  const reset = await socketPair(t)
  answerClientError(errorOf('ECONNRESET'), reset.accepted, 'id-1')
  t.ok(reset.accepted.destroyed)
  answerClientError(errorOf('ECONNRESET'), reset.accepted, 'id-1') // again: there is nothing left to end
  const ended = await socketPair(t)
  ended.accepted.end()
  answerClientError(errorOf('HPE_INVALID_METHOD'), ended.accepted, 'id-1')
  t.ok(ended.accepted.destroyed)
})

t.test('leaves an answer alone that is on its way before bytes nobody will read', async t => {
  const { accepted, dialled } = await socketPair(t)
  answerClientError(errorOf('HPE_CLOSED_CONNECTION'), accepted, 'id-1')
  connectionOf(accepted).closing = true
  answerClientError(errorOf('HPE_INVALID_TRANSFER_ENCODING'), accepted, 'id-1')
  accepted.end('the answer')
  t.equal(String(await readToEnd(dialled)), 'the answer')
})
