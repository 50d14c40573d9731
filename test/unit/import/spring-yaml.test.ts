import t from 'tap'
import { importSpringYaml } from '../../../src/import/spring-yaml.js'

t.test('reads the globalcors of a gateway, in camel and in kebab case, lists and texts', async t => {
  const { entries, notes, unread } = importSpringYaml(`
spring:
  cloud:
    gateway:
      globalcors:
        add-to-simple-url-handler-mapping: true
        cors-configurations:
          '[/**]':
            allowedOrigins: "https://a.example, https://b.example" # two in one
            allowedMethods: "*"
          "[/v1.0/**]":
            allowed-origin-patterns:
              - https://*.c.example
              - "http://localhost:[3000,5173]"
            allowed-origins:
      routes:
        - id: chat
          metadata:
            cors:
              allowedOrigins: [ 'https://d.example' ]
---
spring.cloud.gateway.server.webflux.globalcors.cors-configurations.[/**].allowed_origin_patterns[0]: https://e.example
---
spring.cloud.gateway:
  server.webmvc.globalcors.corsConfigurations:
    "[/**].allowedOrigins":
      "[0]": https://f.example
`)
  t.strictSame(unread, [])
  t.strictSame(entries, ['https://a.example', 'https://b.example', 'https://*.c.example', 'http://localhost:[3000,5173]',
    'https://d.example', 'https://e.example', 'https://f.example'])
  t.match(notes[0], { line: 9, written: 'https://a.example, https://b.example' })
  t.match(notes[2], { line: 13, written: 'https://*.c.example' })
})

t.test('follows anchors and merge keys', async t => {
  const { entries, unread } = importSpringYaml(`
base: &base
  - &first https://a.example
cors: &cors { allowedMethods: "*" }
origins: &origins
  spring.cloud.gateway.globalcors.cors-configurations.[/a].allowedOrigins: *base
<<: *origins
spring:
  cloud.gateway.globalcors.cors-configurations:
    "[/b]": { <<: *cors, allowedOrigins: [ *first, *unknown ] }
`)
  t.strictSame(entries, ['https://a.example'])
  t.match(unread, [
    { line: 6, reason: /^it is a list of origins\.spring/ },
    { line: 10, written: '*unknown', reason: 'cannot be read: it is no text' }
  ])
})

t.test('merges only what a map does not hold itself, the earlier merge first', async t => {
  const { entries } = importSpringYaml(`
x: &x { allowedMethods: GET, allowedOrigins: https://x.example, allowedOriginPatterns: https://p.example }
y: &y { allowedOrigins: https://y.example }
nested: &nested { <<: *y }
spring.cloud.gateway.globalcors.cors-configurations:
  "[/a]": { <<: *x, allowedOrigins: https://own.example }
  "[/b]": { <<: [ *nested, *x, text ] }
`)
  t.strictSame(entries, ['https://own.example', 'https://p.example', 'https://y.example'])
  t.strictSame(importSpringYaml('a: &a { <<: *a, <<: [ *a, *a ] }').entries, [])
})

t.test('tells what a list is bound to in Spring and not here', async t => {
  const told = (text: string) => importSpringYaml(text).notes.map(({ differences }) => differences.filter(each => !/slash|upper and lower|written out/.test(each)))
  const cors = (config: string, path = '/**') => `spring.cloud.gateway.globalcors.corsConfigurations.[${path}]: { allowedOrigins: https://a.example, ${config} }`
  t.strictSame(told(cors('allowCredentials: true, allowedMethods: "*"')), [[]])
  for (const config of ['', 'allowCredentials: false', 'allow-credentials: [true, false]']) t.match(told(cors(config)), [[/^In Spring a list goes without cookies/]])
  t.match(told(cors('allowCredentials: true, allowed-methods: ["GET", "POST, PUT"]')), [[/methods that are listed \(GET, POST, PUT\)/]])
  t.match(told(cors('allowCredentials: true', '/Public-x/**')), [[/each list is of its paths alone \(\/Public-x\/\*\*\)/]])
  const [first, second] = told(`${cors('allowCredentials: true', '/public/**')}\n---\nspring.config.activate.on-profile: dev\n${cors('allowCredentials: true')}`)
  t.match(first, [/alone \(\/public\/\*\*, \/\*\*\)/])
  t.match(second, [/alone/, /holds only where dev is active/, /later YAML document replace/])
  t.match(told(`spring:\n  profiles: [dev, test]\n${cors('allowCredentials: true')}`), [[/holds only where dev, test is active/]])
  t.match(told(`spring.profiles.active: dev\n${cors('allowCredentials: true')}`), [[]])
  t.match(told('spring: { profiles: { active: dev }, cloud.gateway.routes: [ { metadata.cors: { allowedOrigins: https://a.example, allowCredentials: true } } ] }'),
    [[/alone \(those of a route\)/]])
  const many = Array.from({ length: 11 }, (_, index) => cors('allowCredentials: true', `/${index}`)).join('\n')
  t.match(told(many)[0], [/alone \(\/0, .*\/9, …\)/])
})

const unreadable = [
  ['"$' + '{CORS_ORIGIN}"', '$' + '{CORS_ORIGIN}', 'cannot be read: the value of the placeholder stands elsewhere'],
  ['"$' + '{CORS_ORIGIN:https://a.example}"', '$' + '{CORS_ORIGIN:https://a.example}',
    'cannot be read: the value of the placeholder stands elsewhere. Likely meant: https://a.example'],
  ['[[https://a.example]]', '- https://a.example', 'cannot be read: it is no text'],
  ['https://*.a.example', 'https://*.a.example',
    '"*" is a plain character in allowedOrigins, so this let nobody in. Likely meant, as an origin pattern: https://*.a.example']
] as const
t.test('tells what cannot be read, and why', async t => {
  for (const [value, written, reason] of unreadable) {
    const { entries, unread } = importSpringYaml(`\nspring.cloud.gateway.globalcors.cors-configurations.[/**].allowedOrigins: ${value}`)
    t.strictSame(entries, [])
    t.match(unread, [{ line: 2, reason }])
    t.ok(unread[0]?.written.includes(written.replace('- ', '')), value)
  }
})

t.test('names lists that belong to something else', async t => {
  const { entries, unread } = importSpringYaml('management:\n  endpoints.web.cors:\n    allowed-origins: https://a.example\nallowedOrigins: x')
  t.strictSame(entries, [])
  t.match(unread, [
    { line: 3, written: 'management.endpoints.web.cors.allowedorigins', reason: /^it is a list of management\.endpoints\.web\.cors, not of/ },
    { line: 4, reason: /^it is a list of nothing known/ }
  ])
})

t.test('says where a text is no YAML', async t => {
  const { unread } = importSpringYaml('spring:\n  cloud: [')
  t.match(unread, [{ line: 2, reason: /^it is no YAML: / }])
  t.strictSame(importSpringYaml('').unread, [])
  t.strictSame(importSpringYaml('? [a]\n: b\n').unread, [])
})

t.test('ends a tree of aliases that would never end', async t => {
  const levels = Array.from({ length: 20 }, (_, index) => `l${index + 1}: &l${index + 1} { ${'abcdefgh'.split('').map(name => `${name}: *l${index}`).join(', ')} }`)
  const { unread } = importSpringYaml(['l0: &l0 { x: 1 }', ...levels, 'loop: &loop { again: *loop }', '---', 'x: y'].join('\n'))
  t.match(unread, [{ reason: 'it is too large: only its first 50000 parts were looked at' }])
  t.strictSame(importSpringYaml('loop: &loop { again: *loop, allowedOrigins: *loop }').notes, [])
})

t.test('reads what goes with lists in time that grows with the length of the text alone', async t => {
  const cpuMsOf = (lines: number) => {
    const before = process.cpuUsage()
    importSpringYaml('allowedMethods: x\n'.repeat(lines))
    return process.cpuUsage(before).user / 1_000
  }
  cpuMsOf(1_000) // a cold start would flatter what comes
  const [short, long] = [cpuMsOf(5_000), cpuMsOf(40_000)]
  t.ok(long < 24 * short, `${long} ms for eight times what took ${short} ms: with the square it would be 64 times`)
})

t.test('survives any depth', async t => {
  for (const depth of [200, 1_000]) {
    for (const piece of ['- ', '{a: ']) {
      t.strictSame(importSpringYaml(piece.repeat(depth)).entries, [])
    }
    t.strictSame(importSpringYaml(`allowedOrigins: ${'['.repeat(depth)}${']'.repeat(depth)}`).entries, [])
  }
})
