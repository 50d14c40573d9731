import t from 'tap'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { buildAdmin } from '../../src/admin.js'
import { build } from '../helper/build.js'

const TOKEN = 'a-token-of-16-or-more'

async function admin (t: Test, settings: Record<string, string> = {}) {
  const { app, logs } = await build(t, settings)
  const admin = await buildAdmin(app)
  t.teardown(() => admin.close())
  return { admin, logs }
}

const guarded = [
  ['a tool on this machine passes', { host: '127.0.0.1:9000' }, 200],
  ['localhost passes', { host: 'localhost:9000' }, 200],
  ['LOCALHOST passes', { host: 'LOCALHOST' }, 200],
  ['the IPv6 loopback passes', { host: '[::1]:9000' }, 200],
  ['a page of another site is refused by its Origin', { host: 'localhost:9000', origin: 'https://evil.test' }, 403],
  ['a page of the listener itself is refused by its Origin', { host: 'localhost:9000', origin: 'http://localhost:9000' }, 403],
  ['an empty Origin is one', { host: 'localhost:9000', origin: '' }, 403],
  ['null is an Origin', { host: 'localhost:9000', origin: 'null' }, 403],
  ['an <img> of another site is refused by Sec-Fetch-Site', { host: 'localhost:9000', 'sec-fetch-site': 'cross-site' }, 403],
  ['a neighbouring port is another site', { host: 'localhost:9000', 'sec-fetch-site': 'same-site' }, 403],
  ['an address typed by a person passes', { host: 'localhost:9000', 'sec-fetch-site': 'none' }, 200],
  ['the listener\'s own documents pass', { host: 'localhost:9000', 'sec-fetch-site': 'same-origin' }, 200],
  ['a foreign name for loopback is refused (DNS rebinding)', { host: 'evil.test:9000' }, 403],
  ['a name that begins like loopback is refused', { host: '127.0.0.1.evil.test:9000' }, 403],
  ['a name that ends like loopback is refused', { host: 'evil.localhost:9000' }, 403],
  ['another address of this machine is refused', { host: '10.0.0.5:9000' }, 403]
] as const
for (const [name, headers, status] of guarded) {
  t.test(`without a token, ${name}`, async t => {
    const { admin: app } = await admin(t)
    for (const url of ['/upstreams', '/no-such-page', '/upstreams/live']) {
      const answer = await app.inject({ url, headers })
      const expected = status === 200 && url !== '/upstreams' ? 404 : status
      t.equal(answer.statusCode, expected, url)
      if (status === 403) t.match(answer.json(), { code: 'ERR_ADMIN_FORBIDDEN', requestId: /./ })
      t.equal(answer.headers['access-control-allow-origin'], undefined)
    }
  })
}

const tokens = [
  ['no token', undefined, 401],
  ['a wrong token', 'Bearer wrong-token-of-16-chars', 401],
  ['the token cut short', `Bearer ${TOKEN.slice(0, -1)}`, 401],
  ['the token with more behind it', `Bearer ${TOKEN}x`, 401],
  ['the token without its scheme', TOKEN, 401],
  ['another scheme', `Basic ${TOKEN}`, 401],
  ['the right token', `Bearer ${TOKEN}`, 200]
] as const
for (const [name, authorization, status] of tokens) {
  t.test(`with a token set, ${name} is answered ${status}`, async t => {
    const { admin: app } = await admin(t, { ADMIN_TOKEN: TOKEN })
    for (const host of ['localhost:9000', 'gateway.example.com']) {
      const answer = await app.inject({ url: '/upstreams', headers: { host, ...(authorization && { authorization }) } })
      t.equal(answer.statusCode, status, host)
      if (status === 401) t.match(answer.json(), { code: 'ERR_ADMIN_TOKEN' })
    }
  })
}

t.test('a page is refused although it has the token', async t => {
  const { admin: app } = await admin(t, { ADMIN_TOKEN: TOKEN })
  const headers = { authorization: `Bearer ${TOKEN}`, origin: 'https://evil.test' }
  t.equal((await app.inject({ url: '/upstreams', headers })).statusCode, 403)
})

t.test('neither token nor query of a refused request is logged', async t => {
  const { admin: app, logs } = await admin(t, { ADMIN_TOKEN: TOKEN, LOG_LEVEL: 'trace', ACCESS_LOG: 'on' })
  for (const authorization of [`Bearer ${TOKEN}`, 'Bearer SECRET']) {
    await app.inject({ url: '/upstreams?SECRET', headers: { authorization } })
    await app.inject({ url: '/SECRET?SECRET', headers: { authorization, cookie: 'SECRET' } })
  }
  t.notMatch(JSON.stringify(logs), /SECRET|a-token/)
})

const feeds = [
  ['a page', { origin: 'https://evil.test' }, {}, 403],
  ['a foreign name for loopback', { host: 'evil.test' }, {}, 403],
  ['another site without Origin', { 'sec-fetch-site': 'cross-site' }, {}, 403],
  ['a client without the token', {}, { ADMIN_TOKEN: TOKEN }, 401],
  ['a client with a wrong token', { authorization: 'Bearer wrong' }, { ADMIN_TOKEN: TOKEN }, 401],
  ['a local tool', {}, {}, 101],
  ['a client with the token', { authorization: `Bearer ${TOKEN}` }, { ADMIN_TOKEN: TOKEN }, 101]
] as const
for (const [name, headers, settings, status] of feeds) {
  t.test(`the live feed answers ${name} with ${status}`, async t => {
    const { admin: app } = await admin(t, settings)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const feed = new WebSocket(`ws://127.0.0.1:${port}/upstreams/live`, { headers })
    t.teardown(() => feed.terminate())
    feed.on('error', () => {}) // what terminate() says of a handshake that was refused
    if (status === 101) {
      const [data] = await once(feed, 'message')
      t.match(JSON.parse(String(data)), { instances: [{ available: true }] })
      return
    }
    const [, response] = await once(feed, 'unexpected-response')
    t.equal(response.statusCode, status)
  })
}

t.test('an upgrade of a page that is no feed opens nothing', async t => {
  const { admin: app } = await admin(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const feed = new WebSocket(`ws://127.0.0.1:${port}/upstreams`)
  feed.on('error', () => {})
  feed.on('message', () => t.fail('nothing is told'))
  await once(feed, 'close')
  t.pass('it is closed')
})
