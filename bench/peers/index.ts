import { fastifyHttpProxy } from './fastify-http-proxy.js'
import { gatehouse } from './gatehouse.js'
import { haproxy } from './haproxy.js'
import { httpProxy3 } from './http-proxy-3.js'
import { nginx } from './nginx.js'
import type { Peer } from './peer.js'

/** All proxies, in the order in which they are measured and told of. */
export const peers: readonly Peer[] = [gatehouse, nginx, haproxy, fastifyHttpProxy, httpProxy3]
