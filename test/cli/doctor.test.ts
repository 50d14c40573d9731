import t from 'tap'
import type { Test } from 'tap'
import { doctorCommand } from '../../src/cli/doctor.js'
import { listen } from '../helper/build.js'
import { PAGE } from '../helper/doctor.js'
import { plainProxy } from '../helper/plain-proxy.js'
import { deadUrl } from '../helper/http-instance.js'
import { springLikeInstance } from '../helper/spring-like-instance.js'

interface Ran { stdout: string, stderr: string, code: number | undefined }

interface Terminal { isTTY?: boolean, env?: Record<string, string> }

/** Runs the command in this process; `code` is what it would exit with. */
async function run (args: readonly string[], { isTTY = false, env = {} }: Terminal = {}): Promise<Ran> {
  const ran: Ran = { stdout: '', stderr: '', code: undefined }
  const command = doctorCommand({
    stdout: { isTTY, write: text => { ran.stdout += text } },
    stderr: { write: text => { ran.stderr += text } },
    env,
    exit: code => { ran.code = code }
  })
  await command.parseAsync(args, { from: 'user' }).catch(error => t.match(error.code, /^commander\./))
  return ran
}

async function story (t: Test) {
  const spring = await springLikeInstance(t)
  const proxy = await plainProxy(t, [spring.url])
  return { url: `${proxy.url}/ws-stomp`, instance: `${spring.url}/ws-stomp`, spring }
}

t.test('says in words that the instance refused, and exits with 1', async t => {
  const { url, instance } = await story(t)
  const { stdout, stderr, code } = await run(['--url', url, '--origin', PAGE, '--instance', instance])
  t.equal(code, 1)
  t.equal(stderr, '')
  t.match(stdout, /^A page on http:\/\/localhost:3000\n\npublic URL {2}http/)
  t.match(stdout, / {2}✗ info {21}403 "Invalid CORS request" is Spring's own origin check: the instance refused/)
  t.match(stdout, /\ninstance 1 {2}http/)
  t.match(stdout, /\n✗ "info" fails at .* It is the instance that refuses, not the gateway: instance 1 /)
  t.match(stdout, / {2}✗ websocket {16}the same\n {2}✗ xhr {22}the same\n/, 'as said in the line of the preflight')
  t.equal(stdout.match(/\n {2}✗ preflight {16}403 /g)?.length, 2, 'which each hop says for itself')
  t.equal(stdout.match(/setAllowedOriginPatterns/g)?.length, 1, 'a mend stands there once')
  t.notMatch(stdout, '\u001b', 'no colours where no terminal is')
})

t.test('exits with 0 behind Gatehouse, and marks notes as such', async t => {
  const { instance, spring } = await story(t)
  const gateway = await listen(t, { STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: PAGE })
  const { stdout, code } = await run(['--url', `${gateway.url}/stomp/ws-stomp/info`, '--origin', PAGE, '--instance', instance])
  t.equal(code, 0)
  t.match(stdout, /\n {2}- info .*the instance refused.*\(no matter where only a gateway leads here\)/)
  t.match(stdout, /\n✓ A page on http:\/\/localhost:3000 can use .*\/stomp\/ws-stomp by every transport that is open\./)
  t.notMatch(stdout, 'mend:')
})

t.test('prints warnings with their mends, and still exits with 0', async t => {
  const spring = await springLikeInstance(t)
  const { stdout, code } = await run(['--url', `${spring.url}/ws-stomp`, '--origin', spring.url])
  t.equal(code, 0)
  t.match(stdout, /\n {2}! htmlfile .*\n *mend: switch it off/)
  t.match(stdout, /So can pages on other origins: see the warnings/)
})

t.test('prints JSON for scripts', async t => {
  const { url, instance } = await story(t)
  const { stdout, code } = await run(['--json', '--url', url, '--origin', 'HTTP://LOCALHOST:3000', '--instance', instance])
  t.equal(code, 1)
  const diagnosis = JSON.parse(stdout)
  t.match(diagnosis, {
    origin: PAGE,
    url,
    works: false,
    verdict: /It is the instance that refuses/,
    mend: String,
    blame: { hops: ['instance 1'], check: 'info', code: 'spring-refused' },
    hops: [
      { name: 'public URL', kind: 'public', url, first: 'info', findings: Array },
      { name: 'instance 1', kind: 'instance', url: instance, first: 'info' }
    ]
  })
  t.match(diagnosis.hops[0].findings[0], { severity: 'fault', check: 'info', code: 'spring-refused', message: String, mend: String })
})

t.test('names the hop in between that spoils the answer', async t => {
  const spring = await springLikeInstance(t, { allowed: [PAGE] })
  const nginx = await plainProxy(t, [spring.url], { editHeaders: lines => [...lines, 'Access-Control-Allow-Origin', PAGE] })
  const edge = await plainProxy(t, [nginx.url])
  const { stdout, code } = await run([
    '--url', `${edge.url}/ws-stomp`, '--origin', PAGE, '--json',
    '--hop', `nginx=${nginx.url}/ws-stomp`, '--instance', `${spring.url.replace('http', 'ws')}/ws-stomp/`
  ])
  t.equal(code, 1)
  t.match(JSON.parse(stdout), {
    blame: { hops: ['nginx'], check: 'info', code: 'acao-repeated' },
    verdict: /To blame: nginx \(http:.*\), asked directly, does the same\./
  })
})

t.test('colours what a terminal shows, unless NO_COLOR is set', async t => {
  const args = ['--url', await deadUrl(t), '--origin', 'null']
  t.match((await run(args, { isTTY: true })).stdout, '\u001b[31m✗\u001b[39m')
  t.notMatch((await run(args, { isTTY: true, env: { NO_COLOR: '1' } })).stdout, '\u001b')
})

const URL_GIVEN = ['--url', 'http://127.0.0.1:9/ws-stomp']
const GOOD = [...URL_GIVEN, '--origin', PAGE]
const WRONG = [
  ['no URL', ['--origin', PAGE], /--url <url>' not specified/],
  ['no origin', URL_GIVEN, /--origin <origin>' not specified/],
  ['an unknown option', [...GOOD, '--fix\u001b[2J'], /unknown option '--fix[?\ufffd]\[2J'/],
  ['a URL without scheme', ['--url', 'host/ws', '--origin', PAGE], /--url: write the URL in full/],
  ['a URL of another scheme', ['--url', 'ftp://host/ws', '--origin', PAGE], /--url: write the URL in full/],
  ['a URL with a password', ['--url', 'http://me:secret@host/ws', '--origin', PAGE], /leave user and password out/],
  ['an instance with a query', [...GOOD, '--instance', 'http://host/ws?token=secret'], /--instance: leave query and fragment out/],
  ['an origin with a slash at its end', [...URL_GIVEN, '--origin', `${PAGE}/`], /--origin: write scheme:\/\/host/],
  ['a hop without a name', [...GOOD, '--hop', 'http://secret@host/ws'], /--hop: write name=url/],
  ['too many hops', [...GOOD, ...Array.from({ length: 17 }, () => ['--instance', 'http://host']).flat()], /at most 16/],
  ['a time-out in words', [...GOOD, '--timeout', 'long'], /--timeout: write a number of ms/],
  ['a time-out that is too long', [...GOOD, '--timeout', '60001'], /--timeout: write a number of ms/]
] as const

for (const [name, args, message] of WRONG) {
  t.test(`exits with 2 for ${name}, and repeats no secret`, async t => {
    const { stdout, stderr, code } = await run(args)
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, message)
    t.notMatch(stderr, 'secret')
  })
}

t.test('helps, and exits with 0', async t => {
  const { stdout, code } = await run(['--help'])
  t.equal(code, 0)
  t.match(stdout, /--instance <url>.*repeatable[\s\S]*about ten\ntimes --timeout[\s\S]*Exit codes: 0/)
})
