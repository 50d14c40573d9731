import t from 'tap'
import { demoSettings } from '../../../src/config/demo-settings.js'
import type { ConfigError } from '../../../src/config/faults.js'
import { loadConfig } from '../../../src/config/load.js'
import { parseOriginCandidate, parseOriginPolicy } from '../../../src/config/origin-sources.js'

const load = (env: NodeJS.ProcessEnv) => loadConfig({ STOMP_UPSTREAMS: 'http://chat', ...env }, { dotenvPath: false })
const read = (text: string) => parseOriginPolicy(text, ['https://a.example.com'])

const sources = [
  ['env', { kind: 'list', name: 'env', entries: ['https://a.example.com'] }],
  ['file:./origins.txt', { kind: 'file', name: 'file:./origins.txt', path: './origins.txt' }],
  ['file:/etc/origins.json', { kind: 'file', name: 'file:/etc/origins.json', path: '/etc/origins.json' }],
  ['file:///etc/origins.json', { kind: 'file', name: 'file:///etc/origins.json', path: '/etc/origins.json' }],
  ['module:./my-policy.js', { kind: 'module', name: 'module:./my-policy.js', path: './my-policy.js' }],
  ['module:policy.mjs', { kind: 'module', name: 'module:policy.mjs', path: 'policy.mjs' }],
  ['https://h.example/o.json', { kind: 'http', name: 'https://h.example/o.json', url: 'https://h.example/o.json' }],
  ['http://[::1]:8080/list', { kind: 'http', name: 'http://[::1]:8080/list', url: 'http://[::1]:8080/list' }],
  ['https://u:p%40@h.example/o?token=t', { kind: 'http', name: 'https://h.example/o?…', url: 'https://u:p%40@h.example/o?token=t' }],
  ['https://h.example/?token=t', { kind: 'http', name: 'https://h.example/?…', url: 'https://h.example/?token=t' }],
  ['redis://cache', { kind: 'redis', name: 'redis://cache', url: 'redis://cache' }],
  ['redis://:pw@cache:6380/1', { kind: 'redis', name: 'redis://cache:6380/1', url: 'redis://:pw@cache:6380/1' }],
  ['rediss://u:p%2C@[::1]/', { kind: 'redis', name: 'rediss://[::1]/', url: 'rediss://u:p%2C@[::1]/' }]
] as const
for (const [text, source] of sources) {
  t.test(`${text} is a source, and its name shows no secret`, async t => {
    t.same(read(text), { sources: [source], faults: [], warnings: [] })
  })
}

const refused: ReadonlyArray<readonly [name: string, text: string, fault: string]> = [
  ['nothing but commas', ', ,', "', ,' names no source. Write env, file:, http://, https://, redis://, rediss:// or module:"],
  ['a word that is near to one', 'Env', "'Env' is no source. Write env"],
  ['a kind that is near to one', 'flie:./origins.txt', "'flie:./origins.txt' is no source. Write 'file:./origins.txt'"],
  ['a file in the plural', 'files:./o.txt', "'files:./o.txt' is no source. Write 'file:./o.txt'"],
  ['a kind of file without a path', 'file', "'file' is no source. Write 'file:./origins.txt'"],
  ['a kind of code without a path', 'module', "'module' is no source. Write 'module:./my-policy.js'"],
  ['sources with a semicolon between them', 'env;file:./x', "'env;file:./x' is no source. Commas separate sources: write such as env,file:./origins.txt"],
  ['sources with a blank between them', 'env file:./x', "'env file:./x' is no source. Commas separate sources: write such as env,file:./origins.txt"],
  ['a kind of its own', 'ftp://h/origins.txt', "'ftp://h/origins.txt' is no source. Write env, file:, http://, https://, redis://, rediss:// or module:"],
  ['a path without its kind', './origins.txt', "'./origins.txt' is no source. Write 'file:./origins.txt'"],
  ['a module without its kind', './policy.js', "'./policy.js' is no source. Write 'module:./policy.js'"],
  ['a host', 'app.example.com', "'app.example.com' is no source. An allow-list entry belongs in ALLOWED_ORIGINS"],
  ['an entry', 'https://*.example.com', "'https://*.example.com' has a wildcard for a host. Name one host"],
  ['an exact entry', 'https://app.example.com', "'https://app.example.com' names no document. Write its path, such as /origins.json; an allow-list entry belongs in ALLOWED_ORIGINS"],
  ['any other word', 'everything', "'everything' is no source. Write env, file:, http://, https://, redis://, rediss:// or module:"],
  ['a file without a path', 'file:', "'file:' has no path. Write such as file:./origins.txt"],
  ['a module without a path', 'module:', "'module:' has no path. Write such as module:./my-policy.js"],
  ['a file of another host', 'file://host/origins.txt', "'file://host/origins.txt' names a host after the slashes. Write file:./path or file:/path"],
  ['a module in TypeScript', 'module:./policy.ts', "'module:./policy.ts' is no JavaScript module. Name a file that ends in .js or .mjs"],
  ['a control character', 'file:./a\u001b[2J', "'file:./a\uFFFD[2J' holds a control character. Remove it"],
  ['the same source twice', 'env,env', "'env' repeats an earlier source. Remove one of the two"],
  ['the same file twice', 'file:./a.txt,file:a.txt', "'file:a.txt' repeats an earlier source. Remove one of the two"],
  ['the same URL twice', 'https://h/o.json,HTTPS://H:443/o.json', "'HTTPS://H:443/o.json' repeats an earlier source. Remove one of the two"],
  ['a fragment', 'https://h/o.json#x', "'https://h/o.json#x' holds a #. Remove it, or write %23 for one in a password"],
  ['a database that is no number', 'redis://cache/origins', "'redis://cache/origins' has a path that is no number of a database. Write one such as /0, or none"],
  ['a URL with one slash', 'http:/h/o.json', "'http:/h/o.json' is no URL. Write scheme://host:port/path, and percent-encode what is special in a user name or password"],
  ['a backslash', 'https://h\\o.json', "'https://h\\o.json' is no URL. Write scheme://host:port/path, and percent-encode what is special in a user name or password"]
]
for (const [name, text, fault] of refused) {
  t.test(`refuses ${name} with its mend`, async t => { t.same(read(text).faults, [fault]) })
}

const secrets: ReadonlyArray<readonly [text: string, fault: RegExp]> = [
  ['redis://:hunter2', /^source 1 \(not shown\) is no URL\. /],
  ['redis://:hunter2@', /^source 1 \(not shown\) is no URL\. /],
  ['redis://hunter2@cache', /has a user name and no password\. Write :password@/],
  ['redis://:hunter2@cache/x', /is no number of a database/],
  ['redis://cache?password=hunter2', /holds a query\. Remove it/],
  ['https://u:hunter2@h', /names no document/],
  ['https://u:hunter2@h/o.json#x', /holds a #/],
  ['https://u:%hunter2@h/o.json', /holds a % that begins no escape\. Write %25/],
  ['flie:./hunter2@x', /^source 1 \(not shown\) is no source\. Write 'file:\.\/origins\.txt'$/],
  ['redsi://:hunter2@cache', /^source 1 \(not shown\) is no source\. Write redis:$/],
  ['redis://:a,hunter2,b@cache', /^source 2 \(not shown\) is no source\. Write env, file:/],
  ['redis://:a,./hunter2.js,b@cache', /^source 2 \(not shown\) is no source\. Write env, file:/],
  ['https://h/o.json?token=hunter2,https://h/o.json?token=hunter2', /^source 2 \(not shown\) repeats/]
]
for (const [text, fault] of secrets) {
  t.test(`a fault of ${text.replace('hunter2', 'SECRET')} does not show the secret`, async t => {
    for (const { faults } of [read(text), parseOriginCandidate(text)]) {
      t.notMatch(faults.join('\n'), /hunter2/)
      t.ok(faults.length > 0)
    }
    t.match(read(text).faults.join('\n'), new RegExp(fault, 'm'))
  })
}

t.test('URLs that differ only in what is hidden are two sources with two names', async t => {
  const { sources, faults } = read('https://h/o.json?a=1,https://h/o.json?a=2,https://u:p@h/o.json?a=2,env')
  t.same(faults, [])
  t.same(sources.map(({ name }) => name), ['https://h/o.json?…', 'https://h/o.json?… (2)', 'https://h/o.json?… (3)', 'env'])
})

t.test('warns of a list that comes over a network as plain HTTP', async t => {
  const warning = "'http://h.example/o.json' is read unencrypted, so whoever is on the path decides. Write https://"
  t.same(read('http://u:pw@h.example/o.json').warnings, [warning])
  t.same(read('http://localhost/o.json,http://127.0.0.2/o.json,http://[::1]/o.json').warnings, [])
  t.same(parseOriginCandidate('http://h.example/o.json').warnings, [warning])
})

t.test('a candidate is made of entries and sources, in any order', async t => {
  const { sources, faults, warnings } = parseOriginCandidate(
    'file:./o.txt,https://*.example.com:[443,8443],https://h.example/o.json,redis://cache,https://b.example/,' +
    'module:./p.js,https://h.example/o.txt?x,http://localhost:3000')
  t.same(faults, [])
  t.match(warnings, [/^'https:\/\/b\.example\/': .*write "https:\/\/b\.example"/])
  t.equal(warnings.length, 1)
  t.same(sources.map(({ kind, name }) => `${kind} ${name}`), [
    'list candidate', 'file file:./o.txt', 'http https://h.example/o.json', 'redis redis://cache', 'module module:./p.js',
    'http https://h.example/o.txt?…'
  ])
  t.same(sources[0], {
    kind: 'list',
    name: 'candidate',
    entries: ['https://*.example.com:[443,8443]', 'https://b.example/', 'http://localhost:3000']
  })
  t.same(parseOriginCandidate(''), { sources: [], faults: [], warnings: [] })
  t.same(parseOriginCandidate('file:o.txt').sources.length, 1)
})

t.test('a bad entry of a candidate is refused with the mend of the linter', async t => {
  t.match(parseOriginCandidate('example.com,https://h.example/list').faults, [
    /^'example\.com': .*https:\/\/example\.com"?$/, /^'https:\/\/h\.example\/list': .*; a document's path ends in \.json or \.txt$/
  ])
  t.match(parseOriginCandidate('https://u:hunter2@h.example/list').faults, [/^an item \(not shown\) is neither .* End the path/])
})

t.test('loadConfig gives the sources, the candidate and the grace, all frozen', async t => {
  const config = load({
    ALLOWED_ORIGINS: 'https://a.example.com', ORIGIN_POLICY: 'file:./o.txt,env', ORIGIN_POLICY_CANDIDATE: 'https://b.example.com', ORIGIN_REVOKE_GRACE_MS: 'off'
  })
  t.match(config, {
    originSources: [{ kind: 'file' }, { kind: 'list', entries: ['https://a.example.com'] }],
    originCandidate: [{ kind: 'list', name: 'candidate', entries: ['https://b.example.com'] }],
    warnings: []
  })
  t.equal(config.revokeGraceMs, undefined)
  const parts = [config.originSources, config.originCandidate, ...config.originSources]
  for (const part of parts) t.ok(Object.isFrozen(part))
})

t.test('loadConfig tells the faults of the origin settings with all others', async t => {
  const faultsOf = (env: NodeJS.ProcessEnv) => {
    try {
      return load(env)
    } catch (error) {
      return (error as ConfigError).faults.map(({ setting }) => setting)
    }
  }
  t.same(faultsOf({
    ORIGIN_POLICY: 'x',
    ORIGIN_POLICY_CANDIDATE: 'y',
    ORIGIN_REVOKE_GRACE_MS: 'z',
    ORIGIN_POLL_MS: '1',
    ORIGIN_START: 'never'
  }), ['ORIGIN_POLL_MS', 'ORIGIN_START', 'ORIGIN_POLICY', 'ORIGIN_POLICY_CANDIDATE', 'ORIGIN_REVOKE_GRACE_MS'])
})

t.test('ALLOWED_ORIGINS is called empty only where it is the whole policy, and idle where it is no part of it', async t => {
  const isEmpty = /^ALLOWED_ORIGINS: it is empty/
  t.match(load({}).warnings, [isEmpty])
  t.same(load({ ORIGIN_POLICY: 'env,file:./o.txt' }).warnings, [])
  t.same(load({ ORIGIN_POLICY: 'file:./o.txt' }).warnings, [])
  t.same(load({ ORIGIN_POLICY: 'file:./o.txt', ALLOWED_ORIGINS: 'https://a.example.com' }).warnings,
    ['ALLOWED_ORIGINS: it has no effect, because ORIGIN_POLICY does not name env. Add env there, or empty this'])
})

t.test('the demo adds its page to the list, and no more than that', async t => {
  const demo = { upstreams: ['http://a:1', 'http://b:2'], allowedOrigins: ['http://localhost:3000'] }
  const STOMP_UPSTREAMS = 'http://a:1,http://b:2'
  t.same(demoSettings(load({ ALLOWED_ORIGINS: 'https://a.example.com' }), demo),
    { STOMP_UPSTREAMS, ALLOWED_ORIGINS: 'https://a.example.com,http://localhost:3000' })
  const other = demoSettings(load({ ORIGIN_POLICY: 'file:./o.txt', ALLOWED_ORIGINS: 'https://a.example.com' }), demo)
  t.same(other, { STOMP_UPSTREAMS, ALLOWED_ORIGINS: 'http://localhost:3000', ORIGIN_POLICY: 'env,file:./o.txt' })
  t.same(load(other).warnings, [])
})
