import { npmPeer } from './npm-peer.js'

/** The proxy under many development servers, with its defaults and an agent that keeps connections. */
export const httpProxy3 = npmPeer('http-proxy-3', 'http-proxy-3')
