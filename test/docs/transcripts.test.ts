import t, { type Test } from 'tap'
import { listen } from '../helper/build.js'
import { plainProxy } from '../helper/plain-proxy.js'
import { springLikeInstance } from '../helper/spring-like-instance.js'
import { printedBy, readTranscripts } from '../helper/transcripts.js'

/** What stands behind the addresses that the documents name: the story's parts. */
async function tellStory (t: Test): Promise<Array<[string, string]>> {
  const spring = await springLikeInstance(t)
  const proxy = await plainProxy(t, [spring.url])
  const gateway = await listen(t, { STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: 'http://localhost:3000' })
  return [
    ['http://localhost:8081', spring.url],
    ['http://localhost:8080', proxy.url],
    ['http://localhost:8000', gateway.url]
  ]
}

const transcripts = readTranscripts()

t.test('there are transcripts of every command that asks', async t => {
  for (const name of ['explain', 'doctor', 'check', 'import']) {
    t.ok(transcripts.some(({ command }) => command.includes(`gatehouse ${name}`)), name)
  }
})

for (const { page, command, printed } of transcripts) {
  t.test(`${page}: ${command}`, async t => {
    const addresses = command.includes('gatehouse doctor') ? await tellStory(t) : []
    t.equal(await printedBy(command, addresses), printed.trimEnd())
  })
}
