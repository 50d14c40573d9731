import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { BlockList, isIPv4 } from 'node:net'
import { join } from 'node:path'
import { DCLinter } from 'dclint'
import t from 'tap'
import { loadConfig } from '../../src/config/load.js'
import { settingsSchema } from '../../src/config/schema.js'
import { addressesOf, readCompose, type Service } from '../helper/compose.js'
import { readDockerfile } from '../helper/dockerfile.js'

const compose = readCompose()
const services = Object.entries(compose.services)
const { gateway, nginx } = compose.services as { gateway: Service, nginx: Service }
const environment = gateway.environment ?? {}
/** What nginx is told when its image is built: its https port, and `host:port` of the gateway. */
const [, httpsPort = '', gatewayAddress = ''] =
  /print-nginx-conf\.js \d+ (\d+) (\S+)/.exec(readFileSync(compose.dockerfileOf(nginx.build), 'utf8')) ?? []
const config = loadConfig({ ...environment, NODE_ENV: 'production' }, { dotenvPath: false })

interface Linted { messages: Array<{ rule: string, message: string }> }

/** What the schema of the Compose Specification finds wrong. NodeNext finds no types of dclint. */
function faultsOf (file: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] })
  const [linted]: Linted[] = linter.lintFiles([file], false)
  return linted!.messages.filter(({ rule }) => ['invalid-schema', 'invalid-yaml', 'unknown-error'].includes(rule))
    .map(({ message }) => message)
}

t.test('docker-compose.yml is one by the Compose Specification', async t => {
  t.same(faultsOf(compose.file), [])
  const faulty = (from: string, to: string) => {
    t.ok(compose.text.includes(from), from)
    const file = join(t.testdir(), 'docker-compose.yml')
    writeFileSync(file, compose.text.replace(from, to))
    return faultsOf(file).join()
  }
  t.match(faulty('    healthcheck:', '    helthcheck:'), 'must NOT have additional properties')
  t.match(faulty('service_healthy', 'service_happy'), 'instancePath="/services/gateway/depends_on"')
  t.equal(faulty('services:', 'services: ['), 'Invalid YAML format.')
})

t.test('what a service names is there: files, services that can be waited for, networks, volumes', async t => {
  for (const [name, service] of services) {
    const dockerfile = compose.dockerfileOf(service.build)
    t.ok(statSync(compose.contextOf(service.build)).isDirectory(), `${name}: its context`)
    t.ok(existsSync(dockerfile), `${name}: its Dockerfile`)
    const declared = readDockerfile(dockerfile).flatMap(({ instructions }) => instructions)
      .filter(({ keyword }) => keyword === 'ARG').map(({ text }) => text)
    t.same(Object.keys(service.build.args ?? {}), declared, `${name}: what it is built with`)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.ok(compose.services[other] !== undefined, `${name} waits for ${other}`)
      if (condition === 'service_healthy') t.ok(compose.services[other]?.healthcheck, `${other} tells its health`)
    }
    for (const network of addressesOf(service).keys()) t.ok(network in compose.networks, `${name}: network ${network}`)
    for (const volume of service.volumes ?? []) t.ok(volume.split(':')[0]! in compose.volumes, `${name}: volume ${volume}`)
  }
})

t.test('the settings of the gateway are settings, name all chat-services, and give no warning', async t => {
  t.same(Object.keys(environment).filter(name => !Object.hasOwn(settingsSchema.properties, name)), [])
  t.same(config.warnings, [])
  const upstreams = services.filter(([name]) => name.startsWith('chat-')).map(([name]) => `http://${name}:8080`)
  t.same(environment.STOMP_UPSTREAMS?.split(','), upstreams)
  for (const name of ['chat-1', 'chat-2']) t.match(compose.services[name]?.command, ['--server.port=8080'])
})

t.test('a service meets on a network whom it names, and the gateway listens there', async t => {
  const shared = (one: Service, other?: Service) => other !== undefined &&
    [...addressesOf(one).keys()].some(network => addressesOf(other).has(network))
  t.ok(shared(nginx, compose.services[gatewayAddress.split(':')[0]!]), `nginx and ${gatewayAddress}`)
  for (const url of environment.STOMP_UPSTREAMS!.split(',')) {
    const service = compose.services[new URL(url).hostname]
    t.ok(shared(gateway, service), `gateway and ${url}`)
    t.notOk(shared(nginx, service), `only the gateway reaches ${url}`)
  }
  t.equal(config.HOST, '0.0.0.0')
  t.equal(gatewayAddress, `gateway:${config.PORT}`)
})

t.test('the gateway trusts one address: that of nginx, which nobody else can get', async t => {
  const trusted = addressesOf(nginx).get('edge')!
  t.ok(isIPv4(trusted))
  t.equal(environment.TRUST_PROXY, trusted)
  t.same([...addressesOf(nginx).keys()], ['edge'], 'it comes from no other')

  const { subnet, ip_range: range = subnet } = compose.networks.edge!.ipam.config[0]!
  const fixed = services.map(([, service]) => addressesOf(service).get('edge')).filter(address => address !== undefined)
  t.equal(new Set(fixed).size, fixed.length)
  for (const address of fixed) t.ok(isWithin(subnet, address), `${address} is one of the network`)
  t.ok(isWithin(subnet, range.split('/')[0]!), 'those that Docker gives out are as well')
  for (const address of fixed) t.notOk(isWithin(range, address), `${address} is not given out`)
})

function isWithin (block: string, address: string): boolean {
  const [network = '', bits] = block.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(bits))
  return list.check(address)
}

t.test('only nginx publishes ports, on loopback, and browsers know its https port by one page and one API', async t => {
  t.same(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name), ['nginx'])
  for (const port of nginx.ports!) t.match(port, /^127\.0\.0\.1:(\d+):\1$/)
  t.ok(nginx.ports!.some(port => port.endsWith(`:${httpsPort}`)))
  t.equal(environment.ALLOWED_ORIGINS, `https://app.chat.localhost:${httpsPort}`)
  t.equal(environment.PUBLIC_ORIGINS, `https://api.chat.localhost:${httpsPort}`)
  t.equal(nginx.build.args?.VITE_STOMP_URL, `${environment.PUBLIC_ORIGINS}/stomp/ws-stomp`)
  const servers = readFileSync('examples/nginx/nginx.conf', 'utf8').split(/^ {4}server \{/m)
  t.match(servers.find(server => server.includes('root page;')), /server_name .*\bapp\.chat\.localhost\b/)
  t.match(servers.find(server => server.includes('location /stomp/')), 'server_name api.chat.localhost;')
})
