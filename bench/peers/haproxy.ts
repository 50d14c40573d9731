import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/helper/free-port.js'
import { startProcess } from '../process.js'
import { programVersion } from '../program-version.js'
import type { Peer } from './peer.js'

/** HAProxy as one would run it: one thread, kept connections, no log, the forwarding facts. */
export const haproxy: Peer = {
  name: 'haproxy',
  version: async () => await programVersion('haproxy', ['-v'], /version (\d+\.\d+\.\d+)/),
  install: 'apt-get install -y haproxy',
  start: async ({ backendPort, core, directory }) => {
    const port = await freePort()
    const file = join(directory, 'haproxy.cfg')
    writeFileSync(file, configuration(port, backendPort))
    return await startProcess({
      name: 'haproxy',
      command: 'haproxy',
      args: ['-db', '-f', file],
      cwd: directory,
      core,
      ready: { port }
    })
  }
}

/** 9,000 tunnels take two descriptors each. */
const configuration = (port: number, backendPort: number): string => `
global
  nbthread 1
  maxconn 9500
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  timeout http-keep-alive 60s
  option http-keep-alive
  http-reuse always
frontend public
  bind 127.0.0.1:${port} backlog 4096
  use_backend chat if { path_beg /stomp/ }
backend chat
  http-request replace-path /stomp/(.*) /\\1
  http-request del-header Origin
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Prefix /stomp
  server chat 127.0.0.1:${backendPort} maxconn 9500
`
