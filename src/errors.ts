import createError from '@fastify/error'

/**
 * Every refusal the gateway can answer with: a row a code, its message and its HTTP status.
 * Messages name the mend and never an internal address. docs/errors.md lists the same rows; a test holds
 * both together.
 */

/** 403: the Origin is not on the allow-list, or malformed, doubled, `null`, or missing where it must be. */
export const ERR_ORIGIN_NOT_ALLOWED = createError<[string]>('ERR_ORIGIN_NOT_ALLOWED', '%s', 403)

/** 400: OPTIONS without Origin or Access-Control-Request-Method is no preflight; it is never forwarded. */
export const ERR_PREFLIGHT_INVALID = createError('ERR_PREFLIGHT_INVALID',
  'OPTIONS is answered here as a CORS preflight only: send Origin and Access-Control-Request-Method', 400)

/** 404: no route has this path. */
export const ERR_ROUTE_NOT_FOUND = createError('ERR_ROUTE_NOT_FOUND', 'No route has this method and path', 404)

/** 404: a SockJS transport that SOCKJS_TRANSPORTS does not name. */
export const ERR_TRANSPORT_DISABLED = createError<[string]>('ERR_TRANSPORT_DISABLED',
  "The SockJS transport '%s' is switched off: add it to SOCKJS_TRANSPORTS to allow it", 404)

/**
 * 400: bytes that are not a well-formed HTTP/1.1 request, or whose framing two readers could see
 * differently.
 */
export const ERR_REQUEST_MALFORMED = createError<[string]>('ERR_REQUEST_MALFORMED', 'Malformed HTTP request: %s', 400)

/** 400: Host is missing, doubled, no host at all, or another one than the request target names. */
export const ERR_REQUEST_HOST_INVALID = createError<[string]>('ERR_REQUEST_HOST_INVALID',
  'Send exactly one valid Host header: %s', 400)

/** 400: a path with dot segments, encoded slashes, control characters or broken percent-encoding. */
export const ERR_REQUEST_PATH_INVALID = createError<[string]>('ERR_REQUEST_PATH_INVALID',
  'The path is refused: %s', 400)

/** 408: the request head or body did not arrive in time. */
export const ERR_REQUEST_TIMEOUT = createError('ERR_REQUEST_TIMEOUT', 'The request did not arrive in time', 408)

/** 413: the body is longer than BODY_LIMIT_BYTES. */
export const ERR_BODY_TOO_LARGE = createError<[number]>('ERR_BODY_TOO_LARGE',
  'The request body is longer than %d bytes (BODY_LIMIT_BYTES)', 413)

/** 417: an Expect header other than 100-continue. */
export const ERR_EXPECTATION_FAILED = createError('ERR_EXPECTATION_FAILED',
  'The only expectation that can be met is 100-continue', 417)

/** 431: request line and headers are longer than 16 KiB. */
export const ERR_REQUEST_HEAD_TOO_LARGE = createError('ERR_REQUEST_HEAD_TOO_LARGE',
  'The request line and headers are longer than 16 KiB', 431)

/** 400: an upgrade that is not a WebSocket handshake of RFC 6455 §4.1. */
export const ERR_UPGRADE_INVALID = createError<[string]>('ERR_UPGRADE_INVALID',
  'Not a WebSocket handshake (RFC 6455): %s', 400)

/** 426: a WebSocket version other than 13; the answer names 13. */
export const ERR_UPGRADE_VERSION = createError('ERR_UPGRADE_VERSION', 'Sec-WebSocket-Version must be 13', 426)

/** 502: the instance could not be connected to, nor any other that was left to try. Nothing was sent. */
export const ERR_UPSTREAM_CONNECT = createError('ERR_UPSTREAM_CONNECT',
  'The service behind the gateway refused the connection', 502)

/** 502: the instance broke off, or answered with something that is not HTTP. */
export const ERR_UPSTREAM_RESPONSE = createError('ERR_UPSTREAM_RESPONSE',
  'The service behind the gateway broke off or sent an invalid answer', 502)

/** 503: every instance is set aside. Safe to retry after the seconds Retry-After names. */
export const ERR_UPSTREAM_UNAVAILABLE = createError('ERR_UPSTREAM_UNAVAILABLE',
  'No instance of the service behind the gateway is available', 503)

/** 504: no first byte of an answer within RESPONSE_TIMEOUT_MS, or no 101 within UPGRADE_TIMEOUT_MS. */
export const ERR_UPSTREAM_TIMEOUT = createError('ERR_UPSTREAM_TIMEOUT',
  'The service behind the gateway did not answer in time', 504)

/** 503: MAX_TUNNELS tunnels are open. */
export const ERR_TUNNELS_FULL = createError('ERR_TUNNELS_FULL',
  'The gateway holds as many tunnels as MAX_TUNNELS allows', 503)

/** 503: the gateway is shutting down and takes no new tunnels. */
export const ERR_SHUTTING_DOWN = createError('ERR_SHUTTING_DOWN', 'The gateway is shutting down', 503)

/** 500: a fault of the gateway itself; the log has the cause under the same requestId. */
export const ERR_INTERNAL = createError('ERR_INTERNAL', 'The gateway failed; the log has the cause', 500)

/** 403, admin listener: a browser page, or a Host that is not loopback while no ADMIN_TOKEN is set. */
export const ERR_ADMIN_FORBIDDEN = createError('ERR_ADMIN_FORBIDDEN',
  'The admin listener answers local tools only: no Origin, and a loopback Host, or set ADMIN_TOKEN', 403)

/** 401, admin listener: the bearer token is missing or wrong. */
export const ERR_ADMIN_TOKEN = createError('ERR_ADMIN_TOKEN',
  'Send the ADMIN_TOKEN as Authorization: Bearer …', 401)

/** 503, admin listener: with WORKERS above 1, no worker answers: none is up, or all are too busy. */
export const ERR_WORKER_UNAVAILABLE = createError('ERR_WORKER_UNAVAILABLE',
  'No worker of the gateway answers now: ask again', 503)
