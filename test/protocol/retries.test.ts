import type { Socket } from 'node:net'
import t from 'tap'
import { listen } from '../helper/build.js'
import { exchange } from '../helper/exchange.js'
import { answerWith, fakeInstance, type FakeInstance } from '../helper/fake-instance.js'
import { deadUrl, httpInstance } from '../helper/http-instance.js'

/** Requests that met the instance, over all connections. */
function countOf ({ received }: FakeInstance, line: string): number {
  return received.join('').split(`${line} HTTP/1.1`).length - 1
}

/** An instance that lets the first answer pass and ends the connection of the next request, once. */
async function endingInstance (t: Parameters<typeof fakeInstance>[0]) {
  let requests = 0
  return await fakeInstance(t, (_head, socket) => {
    requests += 1
    if (requests === 2) socket.destroy()
    else socket.write(answerWith(`answer ${requests}`))
  })
}

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
  t.test(`sends ${method} once more when its kept connection dies unanswered`, async t => {
    const instance = await endingInstance(t)
    const { app, url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    await exchange(`${url}/stomp/first`)
    const { status } = await exchange(`${url}/stomp/second`, { method })
    t.equal(status, 200)
    t.equal(countOf(instance, `${method} /second`), 2)
    t.equal(app.pool.instances[0]!.open, 0)
  })
}

t.test('sends a GET once more on a new connection, although others are kept', async t => {
  const kept = 5
  const first = new Set<Socket>()
  const instance = await fakeInstance(t, (_head, socket) => {
    if (first.has(socket)) {
      socket.destroy() // each kept connection dies when it is used again
      return
    }
    first.add(socket)
    if (first.size === kept) for (const each of first) each.write(answerWith('ok'))
    else if (first.size > kept) socket.write(answerWith('at last'))
  })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  await Promise.all(Array.from({ length: kept }, async () => await exchange(`${url}/stomp/first`)))
  const { status, text } = await exchange(`${url}/stomp/second`)
  t.match([status, text], [200, 'at last'])
  t.equal(countOf(instance, 'GET /second'), 2)
  t.equal(instance.sockets.length, kept + 1)
  t.match(instance.received[kept], /^connection: close\r$/im, 'it is not kept')
})

for (const method of ['POST', 'PATCH']) {
  t.test(`sends ${method} never twice: a connection that dies unanswered is 502`, async t => {
    const instance = await endingInstance(t)
    const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    await exchange(`${url}/stomp/first`)
    const { status, text } = await exchange(`${url}/stomp/second`, { method })
    t.match([status, JSON.parse(text).code], [502, 'ERR_UPSTREAM_RESPONSE'])
    t.equal(countOf(instance, `${method} /second`), 1)
  })
}

t.test('sends a PUT with a body never twice, because the body is gone', async t => {
  const instance = await endingInstance(t)
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  await exchange(`${url}/stomp/first`)
  t.equal((await exchange(`${url}/stomp/second`, { method: 'PUT', body: 'abc' })).status, 502)
  t.equal(countOf(instance, 'PUT /second'), 1)
})

t.test('sends GET twice at most', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.destroy() })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  t.equal((await exchange(`${url}/stomp/a`)).status, 502)
  t.equal(countOf(instance, 'GET /a'), 2)
})

t.test('does not repeat a GET that was answered, whatever the status', async t => {
  for (const status of ['503 Service Unavailable', '502 Bad Gateway', '500 Internal Server Error']) {
    const instance = await fakeInstance(t, (_head, socket) => {
      socket.write(answerWith('busy', ['Retry-After: 1'], status))
    })
    const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const { status: seen, text, headers } = await exchange(`${url}/stomp/a`)
    t.match([`${seen}`, text, headers['retry-after']], [status.slice(0, 3), 'busy', '1'])
    t.equal(countOf(instance, 'GET /a'), 1)
  }
})

t.test('does not repeat a GET whose answer had begun', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n') })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  await t.rejects(exchange(`${url}/stomp/a`))
  t.equal(countOf(instance, 'GET /a'), 1)
})

t.test('does not repeat a GET that was not answered in time', async t => {
  const instance = await fakeInstance(t, () => {})
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url, RESPONSE_TIMEOUT_MS: '100' })
  t.equal((await exchange(`${url}/stomp/a`)).status, 504)
  t.equal(countOf(instance, 'GET /a'), 1)
})

t.test('takes a POST to another instance when the first refuses to connect, with its body whole', async t => {
  const alive = await httpInstance(t)
  const { app, url } = await listen(t, { STOMP_UPSTREAMS: `${await deadUrl(t)},${alive.url}` })
  const body = Buffer.alloc(300_000, 'b')
  let attempts = 0
  while (app.pool.instances[0]!.failures === 0) { // until the pick falls on the dead one
    attempts += 1
    t.equal((await exchange(`${url}/stomp/a`, { method: 'POST', body: [body, body] })).status, 200)
  }
  t.equal(alive.requests.length, attempts)
  t.ok(alive.requests.every(seen => seen.body.equals(Buffer.concat([body, body]))))
  t.same(app.pool.instances.map(({ open }) => open), [0, 0])
})

t.test('takes a SockJS session to another instance when its own refuses to connect', async t => {
  const alive = await httpInstance(t)
  const { app, url } = await listen(t, { STOMP_UPSTREAMS: `${await deadUrl(t)},${alive.url}` })
  for (let session = 0; app.pool.instances[0]!.failures === 0; session++) {
    t.equal((await exchange(`${url}/stomp/a/000/${session}/xhr`, { method: 'POST' })).status, 200)
  }
})

t.test('answers 502 when no instance connects, then 503 with Retry-After until the pause is over', async t => {
  const { app, url } = await listen(t, { STOMP_UPSTREAMS: `${await deadUrl(t)},${await deadUrl(t)}` })
  const first = await exchange(`${url}/stomp/a`, { method: 'POST', body: 'x' })
  t.match([first.status, JSON.parse(first.text).code], [502, 'ERR_UPSTREAM_CONNECT'])
  t.equal(first.headers['retry-after'], undefined)
  const second = await exchange(`${url}/stomp/a`)
  t.match([second.status, JSON.parse(second.text).code], [503, 'ERR_UPSTREAM_UNAVAILABLE'])
  t.equal(second.headers['retry-after'], '1')
  t.equal((await exchange(`${url}/readyz`)).status, 503)
  t.notMatch(first.text + second.text, /127\.0\.0\.1/)
  t.same(app.pool.instances.map(({ open, failures }) => [open, failures]), [[0, 1], [0, 1]])
})

t.test('brings an instance back by itself once its pause is over', async t => {
  const url = await deadUrl(t)
  const { app, url: gateway } = await listen(t, { STOMP_UPSTREAMS: url })
  t.equal((await exchange(`${gateway}/stomp/a`)).status, 502)
  await httpInstance(t, undefined, Number(new URL(url).port))
  let status = 503
  while (status === 503) status = (await exchange(`${gateway}/stomp/a`)).status
  t.equal(status, 200)
  t.match(app.pool.instances[0], { failures: 0, asideUntil: 0 })
})

t.test('brings an instance back before its pause is over when a probe connects', async t => {
  const url = await deadUrl(t)
  const { app, url: gateway } = await listen(t, {
    STOMP_UPSTREAMS: url, HEALTH_CHECK: 'on', HEALTH_CHECK_INTERVAL_MS: '100'
  })
  while ((await exchange(`${gateway}/readyz`)).status === 200); // two probes were refused
  t.equal((await exchange(`${gateway}/stomp/a`)).status, 503, 'no request meets an instance that is down')
  await httpInstance(t, undefined, Number(new URL(url).port))
  while ((await exchange(`${gateway}/readyz`)).status === 503);
  t.equal((await exchange(`${gateway}/stomp/a`)).status, 200)
  t.ok(app.pool.instances[0]!.health.up)
})
