import t from 'tap'
import { listen } from '../helper/build.js'
import { diagnosePair, examine, PAGE } from '../helper/doctor.js'
import { plainProxy } from '../helper/plain-proxy.js'
import { sockjsInstance } from '../helper/sockjs-instance.js'
import { springLikeInstance } from '../helper/spring-like-instance.js'

t.test('says that the instance refused, when Spring itself is asked', async t => {
  const { url } = await springLikeInstance(t)
  const found = await examine(`${url}/ws-stomp`)
  for (const check of ['info', 'preflight', 'websocket', 'xhr', 'xhr_streaming', 'eventsource'] as const) {
    t.match(found.of(check), { severity: 'fault', code: 'spring-refused', message: /the instance refused/ }, check)
  }
  t.match(found.of('info'), { message: /Without Origin it answers/, mend: /UPSTREAM_ORIGIN=strip.*setAllowedOriginPatterns\("http:\/\/localhost:3000"\)/ })
  t.match(found.of('info without Origin'), { severity: 'ok' })
})

t.test('blames the instance and not the proxy in front that passes the Origin on', async t => {
  const spring = await springLikeInstance(t)
  const proxy = await plainProxy(t, [spring.url])
  const { works, verdict, mend, blame } = await diagnosePair(`${proxy.url}/ws-stomp`, `${spring.url}/ws-stomp`)
  t.notOk(works)
  t.match(verdict, /It is the instance that refuses, not the gateway: .*passes the Origin on/)
  t.match(mend, /CORS headers added on the way change nothing/)
  t.same(blame, { hops: ['instance'], check: 'info', code: 'spring-refused' })
})

t.test('finds all well behind Gatehouse, and that the same instance refuses by itself is a note', async t => {
  const spring = await springLikeInstance(t)
  const gateway = await listen(t, { STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: PAGE })
  const { works, verdict, hops } = await diagnosePair(`${gateway.url}/stomp/ws-stomp`, `${spring.url}/ws-stomp`)
  t.ok(works)
  t.match(verdict, /every transport that is open.*asked directly, refuses this origin. That is as it should be/)
  t.same(hops[0]?.findings.filter(({ severity }) => severity !== 'ok'), [], 'the public URL is green')
  t.equal(hops[0]?.findings.length, 14, 'and everything was asked')
  t.same(hops[1]?.findings.filter(({ severity }) => severity === 'fault' || severity === 'warning'), [])
  t.match(hops[1]?.findings[0], { severity: 'note', code: 'spring-refused' })
})

t.test('sees a gateway that passes the Origin on as what stands in front of an instance that refuses', async t => {
  const spring = await springLikeInstance(t)
  const settings = { STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: PAGE, UPSTREAM_ORIGIN: 'preserve' }
  const gateway = await listen(t, settings)
  const { verdict, mend, blame } = await diagnosePair(`${gateway.url}/stomp/ws-stomp`, `${spring.url}/ws-stomp`)
  t.match(verdict, /It is the instance that refuses, not the gateway/)
  t.match(mend, /UPSTREAM_ORIGIN=strip/)
  t.match(blame, { hops: ['instance'], code: 'spring-refused' })
})

t.test('is content with a Spring that allows the origin', async t => {
  const { url } = await springLikeInstance(t, { allowed: [PAGE] })
  const { all } = await examine(`${url}/ws-stomp`)
  t.same(all.filter(({ severity }) => severity !== 'ok'), [])
})

t.test('sees a refusal at the handshake alone', async t => {
  const { url } = await springLikeInstance(t, { cors: false })
  const found = await examine(`${url}/ws-stomp`)
  t.match(found.of('info'), { code: 'acao-missing' })
  t.match(found.of('websocket'), { severity: 'fault', code: 'origin-refused', message: /^403.*only because of the Origin/ })

  const gateway = await listen(t, { STOMP_UPSTREAMS: url, ALLOWED_ORIGINS: PAGE })
  const { works, verdict, hops } = await diagnosePair(`${gateway.url}/stomp/ws-stomp`, `${url}/ws-stomp`)
  t.ok(works)
  t.match(verdict, /refuses this origin. That is as it should be/)
  t.same(hops[1]?.findings.filter(({ severity }) => severity === 'fault' || severity === 'warning'), [])
})

t.test('asks a plain sockjs through Gatehouse without finding anything', async t => {
  const instance = await sockjsInstance(t)
  const gateway = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: PAGE })
  const { all } = await examine(`${gateway.url}/stomp/echo`)
  t.same(all.filter(({ severity }) => severity !== 'ok'), [])
})

t.test('quotes Gatehouse when that refuses, and names the list to change', async t => {
  const spring = await springLikeInstance(t)
  const gateway = await listen(t, { STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: 'https://app.example.com' })
  const { works, verdict, mend, blame, hops } = await diagnosePair(`${gateway.url}/stomp/ws-stomp`, `${spring.url}/ws-stomp`)
  t.notOk(works)
  t.match(verdict, /Gatehouse itself refused .*"http:\/\/localhost:3000" is not on the allow-list: add it to ALLOWED_ORIGINS/)
  t.match(mend, /add http:\/\/localhost:3000 to the list that ORIGIN_POLICY names/)
  t.match(blame, { hops: ['public'], code: 'gatehouse-refused' })
  for (const { code } of hops[0]?.findings.filter(({ severity }) => severity === 'fault') ?? []) {
    t.equal(code, 'gatehouse-refused', 'at every door')
  }
})

t.test('takes transports that Gatehouse switches off for no fault', async t => {
  const { url } = await springLikeInstance(t)
  const polling = await listen(t, { STOMP_UPSTREAMS: url, ALLOWED_ORIGINS: PAGE, SOCKJS_TRANSPORTS: 'xhr,xhr_send' })
  const found = await examine(`${polling.url}/stomp/ws-stomp`)
  t.match(found.of('websocket'), { severity: 'note', code: 'switched-off' })
  t.match(found.of('xhr_streaming'), { severity: 'note', code: 'switched-off' })
  t.match(found.of('xhr_send'), { severity: 'ok' })

  const tunnels = await listen(t, { STOMP_UPSTREAMS: url, ALLOWED_ORIGINS: PAGE, SOCKJS_TRANSPORTS: 'websocket' })
  const { of } = await examine(`${tunnels.url}/stomp/ws-stomp`)
  t.match(of('xhr'), { severity: 'note', code: 'switched-off' })
  t.match(of('websocket'), { severity: 'ok' })
})

t.test('tells the code of a Gatehouse that reaches no instance, and blames the instance', async t => {
  const gateway = await listen(t, { STOMP_UPSTREAMS: 'http://127.0.0.1:9', ALLOWED_ORIGINS: PAGE })
  const { verdict, blame } = await diagnosePair(`${gateway.url}/stomp/ws-stomp`, 'http://127.0.0.1:9/ws-stomp')
  t.match(verdict, /502: .*ERR_UPSTREAM_CONNECT.*To blame: instance .*nothing listens at 127.0.0.1:9/)
  t.match(blame, { hops: ['instance'], code: 'bad-gateway' })
})

t.test('warns of every door of a plain sockjs that is open to any site', async t => {
  const instance = await sockjsInstance(t)
  const { all, of } = await examine(`${instance.url}/echo`)
  for (const check of ['info without Origin', 'other origin', 'websocket, other origin', 'jsonp', 'htmlfile', 'iframe'] as const) {
    t.match(of(check), { severity: 'warning', code: 'open-to-any-site', mend: String }, check)
  }
  t.notOk(all.some(({ severity }) => severity === 'fault'), 'which keeps no page from working')
})

t.test('leaves nothing open, sends the service no message and tells no session id', async t => {
  const instance = await sockjsInstance(t)
  const { all } = await examine(`${instance.url}/echo`)
  const peers = await instance.peers.take(7) // two WebSockets, xhr, both streams, jsonp, htmlfile
  for (const peer of peers) {
    await peer.closed
    peer.messages.push('the end')
    t.equal(await peer.messages.next(), 'the end', 'no message came')
  }
  t.equal(new Set(instance.sessions).size, 8, 'each with an id of its own, and one for the preflight')
  const text = JSON.stringify(all)
  for (const session of instance.sessions) t.notOk(text.includes(session))
})
