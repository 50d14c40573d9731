import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { join, resolve } from 'node:path'
import { DCLinter } from 'dclint'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.js'
import { settingsSchema } from '../../src/config/schema.js'

const ROOM = 'examples/full-stack'
const FILE = `${ROOM}/docker-compose.yml`

interface Build { context: string, dockerfile: string, args?: Record<string, string> }
interface Service {
  build: Build
  depends_on?: Record<string, { condition: string }>
  environment?: Record<string, string>
  healthcheck?: object
  networks?: string[] | Record<string, { ipv4_address: string }>
  ports?: string[]
  volumes?: string[]
}
interface Compose {
  services: Record<string, Service>
  networks: Record<string, { ipam: { config: Array<{ subnet: string }> } } | null>
  volumes: Record<string, null>
}

const text = readFileSync(FILE, 'utf8')
const compose: Compose = parse(text, { merge: true })
const services = Object.entries(compose.services)
const { gateway, nginx } = compose.services as { gateway: Service, nginx: Service }

interface Linted { messages: Array<{ rule: string, message: string }> }

/** What the schema of the Compose Specification finds wrong. NodeNext finds no types of dclint. */
function faultsOf (file: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] })
  const [linted]: Linted[] = linter.lintFiles([file], false)
  return linted!.messages.filter(({ rule }) => ['invalid-schema', 'invalid-yaml', 'unknown-error'].includes(rule))
    .map(({ message }) => message)
}

const contextOf = ({ context }: Build) => resolve(ROOM, context)
const dockerfileOf = (build: Build) => join(contextOf(build), build.dockerfile)
const dockerfiles = [...new Set(services.map(([, { build }]) => dockerfileOf(build)))]
const readLines = (file: string) => readFileSync(file, 'utf8').split('\n')

t.test('docker-compose.yml is one by the Compose Specification', async t => {
  t.same(faultsOf(FILE), [])
  const faulty = (from: string, to: string) => {
    t.ok(text.includes(from), from)
    const file = join(t.testdir(), 'docker-compose.yml')
    writeFileSync(file, text.replace(from, to))
    return faultsOf(file).join()
  }
  t.match(faulty('    healthcheck:', '    helthcheck:'), 'must NOT have additional properties')
  t.match(faulty('service_healthy', 'service_happy'), 'instancePath="/services/gateway/depends_on"')
  t.equal(faulty('services:', 'services: ['), 'Invalid YAML format.')
})

t.test('what a service names is there: files, services that can be waited for, networks, volumes', async t => {
  for (const [name, service] of services) {
    t.ok(statSync(contextOf(service.build)).isDirectory(), `${name}: its context`)
    t.ok(existsSync(dockerfileOf(service.build)), `${name}: its Dockerfile`)
    for (const argument of Object.keys(service.build.args ?? {})) {
      t.ok(readLines(dockerfileOf(service.build)).includes(`ARG ${argument}`), `${name}: ${argument}`)
    }
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.ok(compose.services[other] !== undefined, `${name} waits for ${other}`)
      if (condition === 'service_healthy') t.ok(compose.services[other]?.healthcheck, `${other} tells its health`)
    }
    const networks = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {})
    for (const network of networks) t.ok(network in compose.networks, `${name}: network ${network}`)
    for (const volume of service.volumes ?? []) t.ok(volume.split(':')[0]! in compose.volumes, `${name}: volume ${volume}`)
  }
})

t.test('the settings of the gateway are settings, name services, and give no warning', async t => {
  const { environment = {} } = gateway
  t.same(Object.keys(environment).filter(name => !Object.hasOwn(settingsSchema.properties, name)), [])
  t.same(loadConfig({ ...environment, NODE_ENV: 'production' }, { dotenvPath: false }).warnings, [])
  const hosts = environment.STOMP_UPSTREAMS!.split(',').map(url => new URL(url).hostname)
  t.same(hosts, Object.keys(compose.services).filter(name => name.startsWith('chat-')))
})

t.test('the gateway trusts nginx alone, which has an address of its own', async t => {
  const networks = nginx.networks as Record<string, { ipv4_address: string }>
  t.equal(networks.edge?.ipv4_address, gateway.environment?.TRUST_PROXY)
  const [address = '', bits = ''] = compose.networks.edge!.ipam.config[0]!.subnet.split('/')
  const subnet = new BlockList()
  subnet.addSubnet(address, Number(bits))
  t.ok(subnet.check(networks.edge!.ipv4_address))
})

t.test('only nginx publishes ports, on loopback, and they are those it listens on', async t => {
  t.same(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name), ['nginx'])
  const inside = nginx.ports!.map(port => /^127\.0\.0\.1:(\d+):\1$/.exec(port)?.[1])
  const print = readLines(dockerfileOf(nginx.build)).find(line => line.includes('print-nginx-conf.js ') && line.startsWith('RUN'))
  const [, http, https, host] = /print-nginx-conf\.js (\d+) (\d+) (\w+):8000 /.exec(print ?? '') ?? []
  t.same(inside, [http, https])
  t.ok(host !== undefined && host in compose.services)
  const conf = readFileSync('examples/nginx/nginx.conf', 'utf8')
  t.match(nginx.build.args?.VITE_STOMP_URL, `https://api.chat.localhost:${https}/stomp/`)
  t.match(conf, 'server_name api.chat.localhost;')
})

for (const file of dockerfiles) {
  t.test(`${file.slice(resolve().length + 1)} has stages, ends as another user than root, and copies what is there`, async t => {
    const lines = readLines(file)
    const stages = lines.filter(line => line.startsWith('FROM '))
    t.ok(stages.length > 1)
    t.same(stages.filter(line => !/^FROM [a-z/-]+:\d[\w.-]*(?: AS \w+)?$/.test(line)), [], 'every image has a tag')
    t.match(lines.slice(lines.lastIndexOf(stages.at(-1)!)).join('\n'), /^USER (?!root\b|0\b)\w+$/m)
    t.notMatch(lines.join('\n'), /npm (?:i|install)\b/)
    const copied = lines.filter(line => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap(line => line.split(' ').slice(1, -1))
    t.ok(copied.length > 0)
    t.same(copied.filter(path => !existsSync(path)), [])
    t.ok(readLines(`${file}.dockerignore`).includes('**/node_modules'), 'packages of this machine stay here')
  })
}
