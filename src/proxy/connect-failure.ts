/** The gateway has no file descriptor, buffer or port left. */
const OWN_CODES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL'])

/** Whether a connect failed for the gateway's own lack of sockets: no instance is to blame, none would do. */
export function isOutOfSockets (error: Error & { code?: string }): boolean {
  return error.code !== undefined && OWN_CODES.has(error.code)
}

/** What a log says of a failed connect. A name with several addresses fails once for each of them. */
export function connectCause (error: Error & { code?: string }): string {
  const reasons: readonly Error[] = error instanceof AggregateError ? error.errors : [error]
  return reasons.map(({ message }) => message).join('; ') || error.code || error.name
}
