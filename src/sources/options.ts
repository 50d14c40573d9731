/** Where sources tell what no sink wants to hear; pino's form, data first. */
export interface SourceLog {
  info (data: object, message: string): void
  warn (data: object, message: string): void
  error (data: object, message: string): void
}

/** What all sources of one gateway share. */
export interface SourceOptions {
  /** ms from the end of one reading to the next (ORIGIN_POLL_MS). */
  readonly pollMs: number
  /** ms that one reading may take (ORIGIN_FETCH_TIMEOUT_MS). */
  readonly fetchTimeoutMs: number
  /** The Redis set to read (ORIGIN_REDIS_KEY); `:changed` behind it names the channel. */
  readonly redisKey: string
  readonly log: SourceLog
}
