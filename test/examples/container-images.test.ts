import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { readCompose, type Service } from '../helper/compose.js'
import { readDockerfile } from '../helper/dockerfile.js'
import { part } from '../helper/full-stack.js'
import { serviceImage } from '../helper/service-image.js'

const { services, dockerfileOf } = readCompose()
const { gateway, nginx } = services as { gateway: Service, nginx: Service }

/** Which images have a program; openssl and nginx are installed in theirs. */
const PROGRAMS: Record<string, RegExp> = { node: /^node:20-/, java: /^eclipse-temurin:17-jre$/, sh: /^debian:/ }

/** The image of a service, built without Docker. What it is to start with must be in it. */
function imageOf (t: Test, service: Service) {
  const image = serviceImage(t, service)
  const [command = '', ...args] = image.argv
  t.match(readDockerfile(dockerfileOf(service.build)).at(-1)!.image, PROGRAMS[command])
  for (const file of args.filter(word => /\.\w+$/.test(word))) t.ok(existsSync(join(image.cwd, file)), `${file} is there`)
  return { ...image, command, args, workdir: `/${relative(image.root, image.cwd)}` }
}

/** The words behind this directive, wherever it stands in an nginx.conf. */
function valuesOf (conf: string, directive: RegExp): string[] {
  return [...new Set([...conf.matchAll(directive)].map(([, value = '']) => value))]
}

t.test('the gateway starts from what its image holds', async t => {
  const { cwd, env, command, args } = imageOf(t, gateway)
  t.equal(command, 'node')
  t.equal(env.NODE_ENV, 'production')
  t.notOk(existsSync(join(cwd, 'node_modules/typescript')), 'what it is built with is not in there')
  const { startChild } = await part('parts/child.js')
  const ports = { HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0', STOMP_UPSTREAMS: 'http://127.0.0.1:9' }
  const child = await startChild({
    name: 'the gateway of the image',
    command: process.execPath,
    args,
    cwd,
    env: { ...env, ...gateway.environment, ...ports },
    ready: /"msg":"listening at http/,
    install: 'https://nodejs.org'
  })
  await child.stop()
  t.equal(await child.ended, 0)
})

t.test('the image of nginx has its configuration for containers, the page, and a place for the certificate', async t => {
  const { cwd, root, workdir, args } = imageOf(t, nginx)
  t.same(args.slice(0, 2), ['nginx-entrypoint.sh', 'nginx'])
  t.equal(args[args.indexOf('-p') + 1], workdir)
  t.match(readFileSync(dockerfileOf(nginx.build), 'utf8'), /chown (\S+) \. certificate\nUSER \1\n/, 'it may write there')
  const conf = readFileSync(join(cwd, 'nginx.conf'), 'utf8')
  const listens = valuesOf(conf, /listen ([^\s;]+)/g).map(port => `127.0.0.1:${port}:${port}`)
  t.same(listens.toSorted(), nginx.ports?.toSorted(), 'it listens on all addresses, on the published ports')
  t.same(valuesOf(conf, /\$host:(\d+)/g), ['8443'])
  t.match(conf, 'server gateway:8000;')
  for (const page of valuesOf(conf, /root (\w+);/g)) t.ok(existsSync(join(cwd, page, 'index.html')), page)

  const script = readFileSync(join(cwd, 'nginx-entrypoint.sh'), 'utf8')
  const places = valuesOf(conf, /ssl_certificate(?:_key)? ([^;]+);/g).map(file => readlinkSync(join(cwd, file)))
  t.same(places.toSorted(), valuesOf(script, /-(?:out|keyout) (\S+)/g).toSorted(), 'it reads what the script writes')
  for (const place of places) {
    const directory = resolve(workdir, place, '..')
    t.ok(existsSync(join(root, directory)))
    t.same(nginx.volumes, [`certificate:${directory}`], 'which is kept in a volume')
  }
})

t.test('the certificate has the names that nginx knows, and is made anew before it ends', async t => {
  const script = readFileSync('examples/full-stack/nginx-entrypoint.sh', 'utf8')
  const conf = readFileSync('examples/nginx/nginx.conf', 'utf8')
  const names = valuesOf(conf, /server_name ([^;]+);/g).flatMap(names => names.split(' '))
  t.same(valuesOf(script, /DNS:([\w.-]+)/g).toSorted(), [...new Set(names)].toSorted())
  t.match(script, /^if ! openssl x509 -checkend 86400 /m)
})

t.test('nginx is the one that nginx.conf is written for', async t => {
  const { image, instructions } = readDockerfile(dockerfileOf(nginx.build)).at(-1)!
  t.equal(image, 'debian:bookworm-slim', 'Debian 12 has nginx 1.22, and 1.25.1 is the first to warn of listen … http2')
  t.ok(instructions.some(({ words }) => words.includes('apt-get') && words.includes('nginx')))
})

t.test('the image of a chat-service holds its jar', async t => {
  const { command, args } = imageOf(t, services['chat-1']!)
  t.same([command, ...args], ['java', '-jar', 'spring-chat.jar'])
})

for (const file of new Set(Object.values(services).map(({ build }) => dockerfileOf(build)))) {
  t.test(`${relative('', file)} has stages with fixed tags, and ends as another user than root`, async t => {
    const stages = readDockerfile(file)
    t.ok(stages.length > 1)
    t.same(stages.map(({ image }) => image).filter(image => !/^[a-z/-]+:(?!latest)[\w.-]+$/.test(image)), [])
    const [user] = stages.at(-1)!.instructions.filter(({ keyword }) => keyword === 'USER').map(({ text }) => text)
    t.match(user, /^(?!root$|0$)[\w-]+$/)
    t.notMatch(readFileSync(file, 'utf8'), /npm (?:i|install)\b/)
    t.match(readFileSync(`${file}.dockerignore`, 'utf8'), /^\*\*\/node_modules$/m, 'packages of this machine stay here')
  })
}
