/**
 * Gatehouse as a library: the whole gateway as a Fastify app. The gate alone is `gatehouse/plugin`, the
 * origin decision without Fastify `gatehouse/origin`.
 */
export { buildAdmin } from './admin.js'
export { buildApp, type Gateway } from './app.js'
export { ConfigError, formatFaults, type Fault } from './config/faults.js'
export { loadConfig, type Config } from './config/load.js'
export type { LogStream } from './logging.js'
export type { OriginPolicy, OriginPolicyFactory, OriginPolicyTools, OriginContext } from './origin/policy.js'
export { OriginStartError } from './sources/open-policies.js'
