import { readFileSync } from 'node:fs'
import t from 'tap'

const SOURCE = 'examples/spring-chat/src/main/java/com/example/chat/StompConfig.java'

/** The first block of this language in which `beginning` comes first. */
function blockOf (page: string, language: string, beginning: string): string {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```(\w+)\n([^]*?)```/g)]
  return blocks.find(([, of, text]) => of === language && text?.startsWith(beginning))?.[2] ?? ''
}

for (const page of ['README.md', 'README.ko.md']) {
  t.test(`the chat-service that ${page} shows is the one of the example`, async t => {
    const shown = blockOf(page, 'java', '@Configuration')
    t.match(shown, /\.withSockJS\(\)/)
    t.ok(readFileSync(SOURCE, 'utf8').endsWith(shown), `no end of StompConfig.java:\n${shown}`)
  })
}

t.test('the commands that put the gateway in front of Spring are the same in both languages', async t => {
  const commands = blockOf('README.md', 'sh', 'mvn ')
  t.match(commands, /npm start/)
  t.equal(blockOf('README.ko.md', 'sh', 'mvn '), commands)
})
