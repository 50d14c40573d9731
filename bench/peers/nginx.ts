import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/helper/free-port.js'
import { startProcess } from '../process.js'
import { programVersion } from '../program-version.js'
import type { Peer } from './peer.js'

/**
 * nginx as one would run it: one worker, kept connections, no access log, the forwarding facts that
 * services ask for.
 */
export const nginx: Peer = {
  name: 'nginx',
  version: async () => await programVersion('nginx', ['-v'], /nginx\/(\S+)/),
  install: 'apt-get install -y nginx',
  start: async ({ backendPort, core, directory }) => {
    const port = await freePort()
    writeFileSync(join(directory, 'nginx.conf'), configuration(port, backendPort))
    return await startProcess({
      name: 'nginx',
      command: 'nginx',
      args: ['-e', 'stderr', '-p', directory, '-c', 'nginx.conf'],
      core,
      ready: { port }
    })
  }
}

const configuration = (port: number, backendPort: number): string => `
daemon off;
pid nginx.pid;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log stderr crit;
events { worker_connections 20000; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 10000000;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream chat { server 127.0.0.1:${backendPort}; keepalive 256; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location /stomp/ {
      proxy_pass http://chat/;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $host;
      proxy_set_header Origin '';
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Prefix /stomp;
      proxy_buffering off;
      proxy_read_timeout 1h;
    }
  }
}
`
