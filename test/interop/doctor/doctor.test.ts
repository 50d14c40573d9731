import t from 'tap'
import { PAGE } from '../../helper/doctor.js'
import { gatewayInFront, springChat } from '../../helper/full-stack.js'
import { plainProxy } from '../../helper/plain-proxy.js'
import { printedBy, readTranscripts } from '../../helper/transcripts.js'

t.setTimeout(180_000) // two JVMs on a small machine

const transcripts = readTranscripts().filter(({ command }) => command.includes('gatehouse doctor'))

t.test('the documents show the doctor before and behind the gateway', async t => {
  t.same(transcripts.map(({ command }) => /--url (\S+)/.exec(command)?.[1]), [
    'http://localhost:8080/ws-stomp', 'http://localhost:8080/ws-stomp', 'http://localhost:8000/stomp/ws-stomp'
  ])
})

for (const boot of ['4', '3'] as const) {
  t.test(`at a real Spring Boot ${boot} the doctor prints what the documents show`, async t => {
    const spring = await springChat(t, { boot })
    const proxy = await plainProxy(t, [spring.url])
    const gateway = await gatewayInFront(t, { STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: PAGE })
    const addresses = [
      ['http://localhost:8081', spring.url],
      ['http://localhost:8080', proxy.url],
      ['http://localhost:8000', gateway.url]
    ] as const
    for (const { page, command, printed } of transcripts) {
      t.equal(await printedBy(command, addresses), printed.trimEnd(), `${page}: ${command}`)
    }
  })
}
