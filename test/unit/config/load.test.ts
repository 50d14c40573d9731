import t from 'tap'
import { type ConfigError, formatFaults } from '../../../src/config/faults.js'
import { loadConfig } from '../../../src/config/load.js'

const load = (env: NodeJS.ProcessEnv) => loadConfig(env, { dotenvPath: false })

/** The lines of the faults, or none when the settings are taken. */
function faultsOf (env: NodeJS.ProcessEnv): string[] {
  try {
    load(env)
    return []
  } catch (error) {
    return formatFaults(error as ConfigError).split('\n').slice(1).map(line => line.trim())
  }
}

t.test('an empty environment gives the defaults, and starts the demo', async t => {
  t.strictSame(load({}), {
    HOST: '127.0.0.1',
    PORT: 8000,
    ADMIN_HOST: '127.0.0.1',
    ADMIN_PORT: 9000,
    ADMIN_TOKEN: '',
    ALLOWED_ORIGINS: '',
    ORIGIN_POLICY: 'env',
    ORIGIN_POLICY_CANDIDATE: '',
    ORIGIN_POLL_MS: 10000,
    ORIGIN_FETCH_TIMEOUT_MS: 5000,
    ORIGIN_REDIS_KEY: 'gatehouse:origins',
    ORIGIN_START: 'fail',
    ORIGIN_REVOKE_GRACE_MS: '5000',
    PUBLIC_ORIGINS: '',
    CORS_EXPOSED_HEADERS: '',
    TRUST_PROXY: '',
    STOMP_UPSTREAMS: '',
    SOCKJS_TRANSPORTS: 'websocket,xhr,xhr_send,xhr_streaming,eventsource',
    STOMP_PREFIX: '/stomp',
    UPSTREAM_ORIGIN: 'strip',
    MISSING_ORIGIN_ON_UPGRADE: 'allow',
    HEALTH_CHECK: 'on',
    CONNECT_TIMEOUT_MS: 2000,
    UPGRADE_TIMEOUT_MS: 5000,
    RESPONSE_TIMEOUT_MS: 60000,
    TUNNEL_IDLE_TIMEOUT_MS: 3600000,
    HEADERS_TIMEOUT_MS: 10000,
    REQUEST_TIMEOUT_MS: 60000,
    HEALTH_CHECK_INTERVAL_MS: 5000,
    BODY_LIMIT_BYTES: 1048576,
    MAX_CONNECTIONS: 110000,
    MAX_TUNNELS: 100000,
    SHUTDOWN_GRACE_MS: 30000,
    WORKERS: '1',
    LOG_LEVEL: 'info',
    ACCESS_LOG: 'off',
    NODE_ENV: 'development',
    DEMO_ALLOWED_PAGE_PORT: 3000,
    DEMO_BLOCKED_PAGE_PORT: 3001,
    allowedOrigins: [],
    originSources: [{ kind: 'list', name: 'env', entries: [] }],
    originCandidate: [],
    revokeGraceMs: 5000,
    publicOrigins: [],
    upstreams: [],
    trustProxy: [],
    exposedHeaders: [],
    workers: 1,
    transports: new Set(['websocket', 'xhr', 'xhr_send', 'xhr_streaming', 'eventsource']),
    isProduction: false,
    demo: true,
    warnings: []
  })
})

t.test('the parsed parts are those of the settings', async t => {
  t.hasStrict(load({
    STOMP_UPSTREAMS: 'http://a:1,http://b:2/stomp',
    ALLOWED_ORIGINS: 'https://a.example.com:[443,8443], https://*.example.org',
    PUBLIC_ORIGINS: 'https://chat.example.com',
    TRUST_PROXY: '10.0.0.0/8',
    CORS_EXPOSED_HEADERS: 'ETag',
    SOCKJS_TRANSPORTS: 'websocket',
    PORT: '0',
    NODE_ENV: 'production'
  }), {
    upstreams: [{ id: 'http://a:1' }, { id: 'http://b:2/stomp', basePath: '/stomp' }],
    allowedOrigins: ['https://a.example.com:[443,8443]', 'https://*.example.org'],
    publicOrigins: ['https://chat.example.com'],
    trustProxy: ['10.0.0.0/8'],
    exposedHeaders: ['ETag'],
    transports: new Set(['websocket']),
    PORT: 0,
    isProduction: true,
    demo: false
  })
})

t.test('the settings are frozen, and hold nothing of the environment but our names', async t => {
  const config = load({ ALLOWED_ORIGINS: 'https://a.example.com', AWS_SECRET: 'x' })
  t.notOk('AWS_SECRET' in config)
  const lists = [config.allowedOrigins, config.publicOrigins, config.upstreams, config.warnings]
  for (const part of [config, ...lists]) t.ok(Object.isFrozen(part))
})

t.test('spaces around a value are dropped, and a blank value counts as not set', async t => {
  t.hasStrict(load({ PORT: ' 8001 ', LOG_LEVEL: '', STOMP_PREFIX: '\t' }), { PORT: 8001, LOG_LEVEL: 'info', STOMP_PREFIX: '/stomp' })
})

const refused: ReadonlyArray<readonly [name: string, env: NodeJS.ProcessEnv, line: string]> = [
  ['a number with a unit', { CONNECT_TIMEOUT_MS: '5s' },
    "CONNECT_TIMEOUT_MS: '5s' is not a whole number from 100 to 60000 ms. Write digits only, without a unit"],
  ['a number above its range', { PORT: '65536' },
    "PORT: '65536' is not a whole number from 0 to 65535. Write such a number, or leave it out for 8000"],
  ['a number below its range', { TUNNEL_IDLE_TIMEOUT_MS: '999' },
    "TUNNEL_IDLE_TIMEOUT_MS: '999' is not a whole number from 1000 to 604800000 ms. Write such a number, or leave it out for 3600000"],
  ['a fraction', { MAX_TUNNELS: '1.5' },
    "MAX_TUNNELS: '1.5' is not a whole number from 1 to 10000000. Write digits only, without a unit"],
  ['a word for a number', { BODY_LIMIT_BYTES: 'none' },
    "BODY_LIMIT_BYTES: 'none' is not a whole number from 1 to 1073741824 bytes. Write such a number, or leave it out for 1048576"],
  ['quotes around a number', { PORT: '"8000"' },
    "PORT: '\"8000\"' is not a whole number from 0 to 65535. Write it without quotes"],
  ['true for on', { HEALTH_CHECK: 'True' }, "HEALTH_CHECK: 'True' is not one of on, off. Write on"],
  ['0 for off', { ACCESS_LOG: '0' }, "ACCESS_LOG: '0' is not one of on, off. Write off"],
  ['a word with more letters', { LOG_LEVEL: 'warning' },
    "LOG_LEVEL: 'warning' is not one of fatal, error, warn, info, debug, trace, silent. Write warn"],
  ['a slip in a word', { UPSTREAM_ORIGIN: 'stirp' },
    "UPSTREAM_ORIGIN: 'stirp' is not one of strip, preserve. Write strip"],
  ['yes where it is no switch', { MISSING_ORIGIN_ON_UPGRADE: 'yes' },
    "MISSING_ORIGIN_ON_UPGRADE: 'yes' is not one of allow, deny. Write one of these words"],
  ['a host with a port', { HOST: 'localhost:8000' },
    "HOST: 'localhost:8000' holds a port. Write the host alone, and the port in its own setting"],
  ['a bad host for the admin listener', { ADMIN_HOST: '*' }, // and no second fault about the token
    "ADMIN_HOST: '*' is no address. Write 0.0.0.0 or :: for every interface"],
  ['an open admin listener without a token', { ADMIN_HOST: '0.0.0.0' },
    "ADMIN_TOKEN: it is required, because ADMIN_HOST '0.0.0.0' is not loopback. Set 16 or more random characters"],
  ['a short token', { ADMIN_TOKEN: 'secret' },
    'ADMIN_TOKEN: it has 6 characters (not shown). Set 16 or more random ones'],
  ['a bad prefix', { STOMP_PREFIX: '/readyz' },
    "STOMP_PREFIX: '/readyz' is answered by the gateway itself. Write a path such as /stomp"],
  ['no upstream in production', { NODE_ENV: 'production' },
    'STOMP_UPSTREAMS: it is required in production. Name your chat-service, such as http://chat:8080'],
  ['no upstream in production, where the ports of the demo do not matter', { NODE_ENV: 'production', PORT: '3000' },
    'STOMP_UPSTREAMS: it is required in production. Name your chat-service, such as http://chat:8080'],
  ['a bad upstream', { STOMP_UPSTREAMS: 'ws://chat' },
    "STOMP_UPSTREAMS: 'ws://chat' is a WebSocket URL. Write http://; one URL serves HTTP and upgrades"],
  ['a bad proxy', { TRUST_PROXY: '1' },
    "TRUST_PROXY: '1' is a number of hops. Write the address of your proxy, such as 10.0.0.5"],
  ['a bad transport', { SOCKJS_TRANSPORTS: 'websockets' },
    "SOCKJS_TRANSPORTS: 'websockets' is no transport. Write websocket"],
  ['a bad header name', { CORS_EXPOSED_HEADERS: 'A B' },
    "CORS_EXPOSED_HEADERS: 'A B' is no header name. Write names such as X-Request-Id, with commas between"],
  ['one port for two listeners', { PORT: '9000' },
    "ADMIN_PORT: '9000' is the port of PORT too. Give each listener its own port"],
  ['a demo page on the port of the gateway', { PORT: '3000' },
    "DEMO_ALLOWED_PAGE_PORT: '3000' is the port of PORT too. Give each listener its own port"],
  ['one port for both demo pages', { DEMO_BLOCKED_PAGE_PORT: '3000' },
    "DEMO_BLOCKED_PAGE_PORT: '3000' is the port of DEMO_ALLOWED_PAGE_PORT too. Give each listener its own port"],
  ['a request limit below the head limit', { REQUEST_TIMEOUT_MS: '9999' },
    "REQUEST_TIMEOUT_MS: '9999' is below HEADERS_TIMEOUT_MS (10000). Raise it to 10000 or more, or lower HEADERS_TIMEOUT_MS"],
  ['more tunnels than connections', { MAX_TUNNELS: '100001', MAX_CONNECTIONS: '99999' },
    "MAX_TUNNELS: '100001' is above MAX_CONNECTIONS (99999). Lower it, or raise that"],
  ['an upstream that is the gateway itself', { STOMP_UPSTREAMS: 'http://localhost:8000' },
    "STOMP_UPSTREAMS: 'http://localhost:8000' is the gateway itself (HOST and PORT). Name the chat-service's address"],
  ['an upstream that is the admin listener', { STOMP_UPSTREAMS: 'http://a:1,http://127.0.0.1:9000/x' },
    "STOMP_UPSTREAMS: 'http://127.0.0.1:9000/x' is the gateway itself (ADMIN_HOST and ADMIN_PORT). Name the chat-service's address"]
]
for (const [name, env, line] of refused) {
  t.test(`refuses ${name}, and says no more than that`, async t => { t.same(faultsOf(env), [line]) })
}

t.test('refuses a bad entry of either origin list with the mend of the linter', async t => {
  const lines = faultsOf({ ALLOWED_ORIGINS: 'https://*.com,https://a.example.com,example.com', PUBLIC_ORIGINS: 'https://*.example.com' })
  t.match(lines, [
    /^ALLOWED_ORIGINS: 'https:\/\/\*\.com': .{20,}/,
    /^ALLOWED_ORIGINS: 'example\.com': .*https:\/\/example\.com/,
    /^PUBLIC_ORIGINS: 'https:\/\/\*\.example\.com': only exact origins/
  ])
  t.equal(lines.length, 3)
})

t.test('tells all faults at once: rows, entries and rules', async t => {
  const lines = faultsOf({
    PORT: 'x',
    ALLOWED_ORIGINS: 'example.com',
    STOMP_UPSTREAMS: 'ws://a,ftp://b',
    TRUST_PROXY: 'true',
    HOST: '*',
    MAX_TUNNELS: '200000',
    NODE_ENV: 'production',
    ADMIN_TOKEN: 'short'
  })
  t.same(lines.map(line => line.split(':')[0]), [
    'PORT', 'ALLOWED_ORIGINS', 'TRUST_PROXY', 'STOMP_UPSTREAMS', 'STOMP_UPSTREAMS', 'HOST', 'ADMIN_TOKEN', 'MAX_TUNNELS'
  ])
})

t.test('a rule over two settings is silent when one of them is refused already', async t => {
  t.equal(faultsOf({ HEADERS_TIMEOUT_MS: 'x', REQUEST_TIMEOUT_MS: '5000' }).length, 1)
  t.equal(faultsOf({ REQUEST_TIMEOUT_MS: '5000' }).length, 1)
  t.equal(faultsOf({ HOST: '*', STOMP_UPSTREAMS: 'http://127.0.0.1:8000' }).length, 1)
})

t.test('never shows the token, whatever is wrong', async t => {
  const env = { ADMIN_HOST: '0.0.0.0', ADMIN_TOKEN: 'hunter2', PORT: 'x' }
  t.notMatch(faultsOf(env).join('\n'), /hunter2/)
  t.equal(faultsOf(env).length, 2)
})

const taken = [
  ['port 0 for every listener', { PORT: '0', ADMIN_PORT: '0', DEMO_ALLOWED_PAGE_PORT: '0', DEMO_BLOCKED_PAGE_PORT: '0' }],
  ['the port of a demo page when there is no demo', { PORT: '3000', STOMP_UPSTREAMS: 'http://chat' }],
  ['an instance on the gateway\'s port of another host', { STOMP_UPSTREAMS: 'http://chat:8000,http://10.0.0.1:9000' }],
  ['an instance on loopback when the gateway picks its port', { PORT: '0', STOMP_UPSTREAMS: 'http://127.0.0.1:8000' }],
  ['fewer connections than the default of tunnels', { MAX_CONNECTIONS: '5' }],
  ['equal limits', { MAX_TUNNELS: '5', MAX_CONNECTIONS: '5', REQUEST_TIMEOUT_MS: '10000' }],
  ['no grace at all', { SHUTDOWN_GRACE_MS: '0' }],
  ['an open admin listener with a token', { ADMIN_HOST: '::', ADMIN_TOKEN: 'abcdefghijklmnop' }]
] as const
for (const [name, env] of taken) {
  t.test(`takes ${name}`, async t => { t.same(faultsOf(env), []) })
}

t.test('warns of risky entries, mute transports and a misspelt production', async t => {
  t.match(load({
    ALLOWED_ORIGINS: 'null,https://a.example.com', PUBLIC_ORIGINS: 'http://a.example.com', SOCKJS_TRANSPORTS: 'xhr', NODE_ENV: 'Production'
  }).warnings, [
    /^ALLOWED_ORIGINS: 'null': .{20,}/,
    /^PUBLIC_ORIGINS: 'http:\/\/a\.example\.com': .{20,}/,
    'SOCKJS_TRANSPORTS: xhr can receive but not send without xhr_send. Add xhr_send',
    "NODE_ENV: 'Production' is not 'production'. The rules of production do not apply"
  ])
})

t.test('warns of empty origin lists unless the demo runs or one of them is set', async t => {
  const upstream = { STOMP_UPSTREAMS: 'http://chat' }
  t.match(load(upstream).warnings, [/^ALLOWED_ORIGINS: it is empty, so every request with an Origin is refused/])
  t.same(load({ ...upstream, PUBLIC_ORIGINS: 'https://a.example.com' }).warnings, [])
  t.same(load({ ...upstream, ALLOWED_ORIGINS: 'https://a.example.com', NODE_ENV: 'production' }).warnings, [])
})
