import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readCompose, type Service } from '../../helper/compose.js'
import { ask } from '../../helper/door.js'
import { freePort } from '../../helper/free-port.js'
import { part } from '../../helper/full-stack.js'
import { serviceImage } from '../../helper/service-image.js'

const { startChild, runChild } = await part('parts/child.js')
const { nginx } = readCompose().services as { nginx: Service }
const CERTIFICATE = 'certificate/certificate.pem'
const DAY_MS = 86_400_000
const INSTALL = 'apt-get install -y nginx openssl'

/** The image of nginx: its working directory here, and how to run its entry point. */
function nginxImage (t: Test) {
  const { cwd, argv } = serviceImage(t, nginx)
  const [command, entryPoint, ...program] = argv
  return {
    cwd,
    /** Starts the image's program, or in its place another one. */
    started: (...args: string[]) => ({
      name: 'the image of nginx',
      command,
      args: [entryPoint, ...args.length > 0 ? args : program.map(word => word === '/edge' ? cwd : word)],
      cwd,
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
      install: INSTALL
    }),
    certificate: () => readFileSync(join(cwd, CERTIFICATE), 'utf8')
  }
}

t.test('what the image of nginx starts makes a certificate and serves the page by it', async t => {
  const { cwd, started, certificate } = nginxImage(t)
  const [http, https] = [await freePort(), await freePort()]
  const addresses: Record<string, string> = {
    'listen 8080': `listen 127.0.0.1:${http}`, 'listen 8443': `listen 127.0.0.1:${https}`, 'gateway:8000': '127.0.0.1:9'
  }
  const conf = readFileSync(join(cwd, 'nginx.conf'), 'utf8')
  writeFileSync(join(cwd, 'nginx.conf'), conf.replaceAll(/listen 8080|listen 8443|gateway:8000/g, name => addresses[name]!))

  const child = await startChild({ ...started(), ready: /start worker process \d/ })
  t.teardown(() => child.stop())
  const door = { url: `https://app.chat.localhost:${https}`, ca: certificate() }
  t.match(await ask(door, '/'), { status: 200, headers: { 'content-type': 'text/html' } })
  t.notMatch(child.output(), /\[(?:warn|error|alert|emerg)\]/)

  const [, line = ''] = nginx.healthcheck!.test
  const args = ['-c', line.replace('8443', String(https))]
  const healthcheck = () => runChild({ name: 'the health check', command: '/bin/sh', args, install: INSTALL })
  await healthcheck()
  await child.stop()
  await t.rejects(healthcheck())
})

t.test('a certificate is kept from start to start, until it ends within a day', async t => {
  const { cwd, started, certificate } = nginxImage(t)
  const start = async () => {
    await runChild(started('true'))
    return new X509Certificate(certificate())
  }
  const daysLeft = ({ validTo }: X509Certificate) => Math.round((Date.parse(validTo) - Date.now()) / DAY_MS)
  const first = await start()
  t.equal(daysLeft(first), 30)
  t.equal((await start()).fingerprint256, first.fingerprint256)

  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=old',
    '-keyout', 'certificate/key.pem', '-out', CERTIFICATE]
  await runChild({ name: 'openssl', command: 'openssl', args, cwd, install: INSTALL })
  t.equal(daysLeft(new X509Certificate(certificate())), 1)
  const renewed = await start()
  t.equal(daysLeft(renewed), 30)
  t.match(renewed.subjectAltName, 'DNS:api.chat.localhost')

  writeFileSync(join(cwd, CERTIFICATE), '') // as one that was cut short
  t.equal(daysLeft(await start()), 30)
})
