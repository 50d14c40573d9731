/** A row of JSON Schema, as far as settings need it. */
interface Row<T> { readonly default: T, readonly description: string }
interface IntegerRow extends Row<number> {
  readonly type: 'integer'
  readonly minimum: number
  readonly maximum: number
}
interface ChoiceRow<T extends string> extends Row<T> {
  readonly type: 'string'
  readonly enum: readonly string[]
}
/** `title` says in words what the text is. */
interface TextRow extends Row<string> {
  readonly type: 'string'
  readonly title: string
  readonly enum?: undefined
}

const choice = <const T extends string> (
  words: readonly T[], byDefault: NoInfer<T>, description: string
): ChoiceRow<T> => ({ type: 'string', enum: words, default: byDefault, description })

const integer = (
  [minimum, maximum]: readonly [number, number], byDefault: number, description: string
): IntegerRow => ({ type: 'integer', minimum, maximum, default: byDefault, description })

const port = (byDefault: number, description: string) => integer([0, 65_535], byDefault, description)

const text = (title: string, byDefault: string, description: string): TextRow =>
  ({ type: 'string', title, default: byDefault, description })

/** Longer limits help nobody, and a Node timer holds 2^31-1 ms at most. */
const HOUR_MS = 3_600_000
const WEEK_MS = 168 * HOUR_MS

/** In the order of docs/configuration.md. */
const rows = {
  // Where it listens
  HOST: text('IP address or host name', '127.0.0.1',
    'address the gateway listens on; 0.0.0.0 or :: for every interface'),
  PORT: port(8_000, 'port the gateway listens on; 0 picks a free one'),
  ADMIN_HOST: text('IP address or host name', '127.0.0.1', 'address of the admin listener (state)'),
  ADMIN_PORT: port(9_000, 'port of the admin listener; 0 picks a free one'),
  ADMIN_TOKEN: text('16 or more printable ASCII characters', '',
    'bearer token of the admin listener; required when ADMIN_HOST is not loopback'),

  // Who may come in
  ALLOWED_ORIGINS: text('comma-separated allow-list entries', '',
    'origins whose pages may use the gateway; empty lets nothing cross-origin pass'),
  ORIGIN_POLICY: text('comma-separated sources', 'env',
    'where the allow-list comes from: env, file:, http(s):, redis(s):, module:; lists unite'),
  ORIGIN_POLICY_CANDIDATE: text('comma-separated entries and sources', '',
    'a list that is only tried: what it would decide differently is counted and logged'),
  ORIGIN_POLL_MS: integer([100, HOUR_MS], 10_000, 'ms between two readings of an http(s): or redis(s): source'),
  ORIGIN_FETCH_TIMEOUT_MS: integer([100, 60_000], 5_000, 'ms for one reading of a source'),
  ORIGIN_REDIS_KEY: text('name of a Redis key', 'gatehouse:origins',
    'the set that redis(s): sources read; a message on <key>:changed tells of a change'),
  ORIGIN_START: choice(['fail', 'deny'], 'fail',
    'when a source has no good list at start: exit, or serve and refuse what it would allow'),
  ORIGIN_REVOKE_GRACE_MS: text('off, or a whole number from 0 to 600000 ms', '5000',
    'ms until tunnels and streams of a revoked origin are ended; off leaves them'),
  PUBLIC_ORIGINS: text('comma-separated exact origins', '', "the gateway's own origins, as browsers see them"),
  MISSING_ORIGIN_ON_UPGRADE: choice(['allow', 'deny'], 'allow',
    'what happens to a WebSocket upgrade without Origin; native clients send none'),
  CORS_EXPOSED_HEADERS: text('comma-separated header names', '', 'response headers that allowed pages may read'),
  TRUST_PROXY: text('comma-separated IP addresses or CIDR ranges', '',
    'proxies in front of the gateway whose X-Forwarded-* headers are believed'),

  // Where it goes
  STOMP_UPSTREAMS: text('comma-separated http:// or https:// URLs', '',
    'the chat-service instances; empty starts the demo, and is refused in production'),
  STOMP_PREFIX: text('path such as /stomp or /chat/v1', '/stomp',
    'path under which the chat-service is reached; replaced by the path of the upstream URL'),
  UPSTREAM_ORIGIN: choice(['strip', 'preserve'], 'strip',
    'whether instances see the Origin header; stripped, they need no origin settings'),
  SOCKJS_TRANSPORTS: text('comma-separated transport names', 'websocket,xhr,xhr_send,xhr_streaming,eventsource',
    'SockJS transports that are open; all others answer 404'),
  HEALTH_CHECK: choice(['on', 'off'], 'on', 'whether instances are probed'),
  HEALTH_CHECK_INTERVAL_MS: integer([100, 600_000], 5_000, 'ms between two probes of one instance'),

  // How long, how much
  CONNECT_TIMEOUT_MS: integer([100, 60_000], 2_000, 'ms to connect to an instance before the next one is tried'),
  UPGRADE_TIMEOUT_MS: integer([100, 60_000], 5_000,
    "ms from the connection to the head of an instance's answer to an upgrade; as long to relay a refusal"),
  RESPONSE_TIMEOUT_MS: integer([100, HOUR_MS], 60_000,
    "ms from the request to the first byte of the instance's answer"),
  TUNNEL_IDLE_TIMEOUT_MS: integer([1_000, WEEK_MS], HOUR_MS,
    'ms without a byte in either direction before a tunnel is ended'),
  HEADERS_TIMEOUT_MS: integer([100, 600_000], 10_000, 'ms for the head of a request to arrive'),
  REQUEST_TIMEOUT_MS: integer([100, HOUR_MS], 60_000,
    'ms for a whole request, head and body, to arrive; not below HEADERS_TIMEOUT_MS'),
  BODY_LIMIT_BYTES: integer([1, 1_073_741_824], 1_048_576, 'bytes of a request body; a longer one is answered 413'),
  MAX_CONNECTIONS: integer([1, 10_000_000], 110_000, 'client sockets open at once; further ones are closed'),
  MAX_TUNNELS: integer([1, 10_000_000], 100_000,
    'tunnels open at once, not above MAX_CONNECTIONS; further upgrades are answered 503'),
  SHUTDOWN_GRACE_MS: integer([0, HOUR_MS], 30_000, 'ms that tunnels get to end after SIGTERM'),

  // How it runs
  WORKERS: text('auto, or a whole number from 1 to 256', '1',
    'processes that share the public listener; auto for one a processor core'),
  LOG_LEVEL: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info',
    'lowest level that is logged'),
  ACCESS_LOG: choice(['on', 'off'], 'off', 'whether every request gets a log line'),
  NODE_ENV: text('production, or any other word', 'development',
    'production switches the demo off and requires STOMP_UPSTREAMS'),
  DEMO_ALLOWED_PAGE_PORT: port(3_000, "port of the demo's page that is on the list; 0 picks a free one"),
  DEMO_BLOCKED_PAGE_PORT: port(3_001, "port of the demo's page that is not on the list; 0 picks a free one")
}

/**
 * Every setting of the gateway, one row each: unit in the name, range, default and a one-line meaning.
 * docs/configuration.md and .env.example repeat these rows; a test holds all three together.
 */
export const settingsSchema = { type: 'object', properties: rows } as const

/** The settings after validation: numbers are numbers, every unset row has its default. */
export type Settings = {
  [Name in keyof typeof rows]: typeof rows[Name] extends Row<infer T> ? T : never
}

/** The name of one row. */
export type SettingName = keyof Settings
