import type { GatewayState } from '../gateway-state.js'

/** What a worker may be asked: any part of its state. */
export type Question = keyof GatewayState
export type Argument<Q extends Question> = Parameters<GatewayState[Q]>[0]
export type Answer<Q extends Question> = Awaited<ReturnType<GatewayState[Q]>>

/** The answer to `ready`: every setting as text, and the port to listen on. */
export interface StartOrder {
  readonly type: 'start'
  readonly settings: Readonly<Record<string, string>>
  readonly port: number
}

/** One question; the answer carries the same id. */
export interface AskOrder {
  readonly type: 'ask'
  readonly id: number
  readonly question: Question
  readonly argument: unknown
}

/** What the primary process sends to a worker. `end`: drain and end. */
export type Order = StartOrder | AskOrder | { readonly type: 'end' }

/** An answer: a value, or what went wrong. */
export interface AnswerReport {
  readonly type: 'answer'
  readonly id: number
  readonly value?: unknown
  readonly fault?: string
}

/**
 * What a worker sends. `ready`: it can be told how to start. `failed` comes before it ends without having
 * listened; `text` is for a person.
 */
export type Report =
  | AnswerReport
  | { readonly type: 'ready' }
  | { readonly type: 'listening', readonly urls: readonly string[] }
  | { readonly type: 'failed', readonly text: string }
