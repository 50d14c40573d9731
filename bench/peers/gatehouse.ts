import { join } from 'node:path'
import { packageRoot, packageVersion } from '../../src/version.js'
import { ALLOWED_ORIGINS } from '../load/browser-headers.js'
import { startProcess, type Running } from '../process.js'
import type { Peer, PeerOptions } from './peer.js'

/** The public listener's line of the log: the admin listener's says so before the text. */
const READY = /^(?!.*"listener":"admin").*"msg":"listening at http:\/\/127\.0\.0\.1:(\d+)"/m

/** This gateway as `npm start` runs it in production: default settings, all protections on. */
export const gatehouse: Peer = {
  name: 'gatehouse',
  version: async () => packageVersion(),
  start: async options => await startGatehouse(options)
}

/** The same with other settings. */
export async function startGatehouse (
  { backendPort, core, directory }: PeerOptions, settings: Readonly<Record<string, string>> = {}
): Promise<Running> {
  return await startProcess({
    name: 'gatehouse',
    command: process.execPath,
    args: [join(packageRoot(), 'dist', 'src', 'server.js')],
    env: {
      NODE_ENV: 'production',
      PORT: '0',
      ADMIN_PORT: '0',
      STOMP_UPSTREAMS: `http://127.0.0.1:${backendPort}`,
      ALLOWED_ORIGINS: ALLOWED_ORIGINS.join(','),
      ...settings
    },
    cwd: directory, // no .env of the developer's
    core,
    ready: READY
  })
}
