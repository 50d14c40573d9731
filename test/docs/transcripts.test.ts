import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { listen } from '../helper/build.js'
import { runCli } from '../helper/cli.js'
import { plainProxy } from '../helper/plain-proxy.js'
import { springLikeInstance } from '../helper/spring-like-instance.js'

const PAGES = ['README.md', 'README.ko.md', 'docs/origin-policy.md']

/** A command of a document, and what the document says it prints. */
interface Transcript { page: string, command: string, printed: string }

function transcriptsOf (page: string): Transcript[] {
  return [...readFileSync(page, 'utf8').matchAll(/```console\n\$ ([^\n]*)\n([^]*?)```/g)]
    .map(([, command = '', printed = '']) => ({ page, command, printed }))
}

/** The few things of a shell that the documents use: assignments in front, and single quotes. */
function readCommand (command: string) {
  const words = (command.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map(word => word.replaceAll("'", ''))
  const from = words.findIndex(word => !/^[A-Z_]+=/.test(word))
  const env = Object.fromEntries(words.slice(0, from).map(word => {
    const split = word.indexOf('=')
    return [word.slice(0, split), word.slice(split + 1)]
  }))
  return { env, program: words.slice(from, from + 2).join(' '), argv: words.slice(from + 2) }
}

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

const transcripts = PAGES.flatMap(transcriptsOf)

t.test('there are transcripts of every command that asks', async t => {
  for (const name of ['explain', 'doctor', 'check', 'import']) {
    t.ok(transcripts.some(({ command }) => command.includes(`gatehouse ${name}`)), name)
  }
})

for (const { page, command, printed } of transcripts) {
  t.test(`${page}: ${command}`, async t => {
    const { env, program, argv } = readCommand(command)
    t.equal(program, 'npx gatehouse')
    const addresses = argv[0] === 'doctor' ? await tellStory(t) : []
    const toReal = (text: string) =>
      addresses.reduce((done, [named, real]) => done.replaceAll(named, real), text)
    const toNamed = (text: string) =>
      addresses.reduce((done, [named, real]) => done.replaceAll(real, named), text)
    const { stdout, stderr } = await runCli(argv.map(toReal), { env, cwd: process.cwd() })
    t.equal(toNamed(stdout + stderr).trimEnd(), printed.trimEnd())
  })
}
