/** How bad it is. Only a `fault` keeps a page from working; a `note` is told so that nobody wonders. */
export type Severity = 'ok' | 'note' | 'warning' | 'fault'

/** What is asked of one hop, in the order it is asked. */
export type Check =
  'info' | 'info without Origin' | 'preflight' | 'websocket' | 'xhr' | 'xhr_send' | 'xhr poll' | 'xhr_streaming' |
  'eventsource' | 'other origin' | 'websocket, other origin' | 'jsonp' | 'htmlfile' | 'iframe'

/** Something amiss under a name for scripts, what happened in words, and what to do about it. */
export interface Trouble { readonly code: TroubleCode, readonly message: string, readonly mend: string }

/**
 * The names of troubles. Those about origins and CORS headers are harmless at an instance behind a gateway;
 * see verdict.ts.
 */
export type TroubleCode =
  // Who refused
  'spring-refused' | 'gatehouse-refused' | 'origin-refused' | 'refused' |
  // CORS headers
  'acao-missing' | 'acao-repeated' | 'acao-any' | 'acao-wrong' | 'credentials-missing' | 'vary-missing' |
  'headers-not-allowed' |
  // The way there
  'mixed-content' | 'connection-refused' | 'unknown-host' | 'unreachable' | 'certificate' | 'tls' | 'not-http' | 'timed-out' |
  'broken-off' | 'redirect' | 'bad-gateway' | 'server-error' | 'not-found' | 'not-sockjs' | 'unexpected-status' |
  // Transports
  'switched-off' | 'upgrade-dropped' | 'closed-after-101' | 'silent-after-101' | 'invalid-handshake' |
  'no-open-frame' | 'session-closed' | 'no-affinity' | 'buffered' | 'compressed' | 'stream-ends' |
  'not-event-stream' |
  // Doors without a guard
  'open-to-any-site'

/** One answer to one check. `mend` stands on everything that is not `ok`. */
export interface Finding {
  readonly severity: Severity
  readonly check: Check
  readonly code: TroubleCode | 'ok'
  readonly message: string
  readonly mend?: string
}

/** A trouble as a finding of this check. */
export function troubled (check: Check, severity: Severity, { code, message, mend }: Trouble): Finding {
  return { severity, check, code, message, mend }
}
