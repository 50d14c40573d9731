import { readFileSync } from 'node:fs'
import t from 'tap'

t.test('the chat-service that README shows is the one of the example', async t => {
  const [, shown = ''] = /```java\n([^]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? []
  const source = readFileSync('examples/spring-chat/src/main/java/com/example/chat/StompConfig.java', 'utf8')
  t.ok(source.endsWith(shown), `README shows no end of StompConfig.java:\n${shown}`)
  t.match(shown, /^@Configuration\n[^]*\.withSockJS\(\)/)
})
