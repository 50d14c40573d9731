import type { FastifyBaseLogger } from 'fastify'
import type { Bindings, ChildLoggerOptions } from 'fastify/types/logger.js'

type Line = unknown[]
type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

/**
 * The log of one request: a child of the app's, made when the first line is written. Most requests write
 * none, and a child costs more than the gate's decision.
 */
export class RequestLog {
  readonly #parent: FastifyBaseLogger
  readonly #bindings: Bindings
  readonly #options: ChildLoggerOptions | undefined
  #child: FastifyBaseLogger | undefined

  constructor (parent: FastifyBaseLogger, bindings: Bindings, options?: ChildLoggerOptions) {
    this.#parent = parent
    this.#bindings = bindings
    this.#options = options
  }

  get level (): string { return this.#own().level }

  fatal (...line: Line): void { this.#tell('fatal', line) }
  error (...line: Line): void { this.#tell('error', line) }
  warn (...line: Line): void { this.#tell('warn', line) }
  info (...line: Line): void { this.#tell('info', line) }
  debug (...line: Line): void { this.#tell('debug', line) }
  trace (...line: Line): void { this.#tell('trace', line) }
  silent (): void {}

  child (bindings: Bindings, options?: ChildLoggerOptions): FastifyBaseLogger {
    return this.#own().child(bindings, options)
  }

  #tell (level: Level, line: Line): void {
    const own = this.#own()
    own[level](...line as Parameters<FastifyBaseLogger[Level]>)
  }

  #own (): FastifyBaseLogger {
    this.#child ??= this.#parent.child(this.#bindings, this.#options)
    return this.#child
  }
}
