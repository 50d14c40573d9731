/** A server as one way reaches it: directly, or through the gateway. */
export interface Target {
  /** `http://…` of the endpoint: what sockjs-client would be given, or a WebSocket client in its ws: form. */
  url: string
  /** What the endpoint stands below. */
  root: string
  /** `ws://…` where a plain WebSocket client speaks STOMP. */
  socketUrl: string
  /** Stand on each request: through the gateway those of a page on the list, directly none. */
  headers: Readonly<Record<string, string>>
  /** Header lines that the server's CONNECT needs. */
  login: readonly string[]
  /** Aborted when the probe is over: whatever it opened ends then. */
  signal: AbortSignal
}

/** What a column is of; both Spring Boots are one kind. */
export type Kind = 'sockjs-node' | 'spring' | 'rabbitmq'

/** A row of the table. */
export interface Feature {
  name: string
  /** SockJS is spoken by some of the servers only; WebSocket and STOMP by all. */
  needs?: 'sockjs'
  /** What a gateway makes of it: `passes` what works directly (the default), or `adds` it to every server. */
  gateway?: 'passes' | 'adds'
  /** Asked of a gateway whose SOCKJS_TRANSPORTS names all; the others are asked of one as installed. */
  opened?: true
  /** How the gateway answers in place of the server, unless its settings open the door. */
  shut?: { status: number, code: string }
  /** The servers that do not have it, and the error of the probe that shows it: any other is a failure. */
  no?: Partial<Record<Kind, RegExp>>
  /** Waits for a timer of the server. */
  slow?: boolean
  /** Has the server to itself. */
  heavy?: boolean
  /** What a reader of the table has to know. */
  note?: string
  /** Rejects when it does not work. What it returns has to be the same by both ways. */
  run: (target: Target) => Promise<string | void>
}

/** Rows that belong together. */
export interface Area { title: string, features: readonly Feature[] }

/** The origin on the gateway's list, and one that is not. */
export const LISTED = 'https://app.example.com'
export const UNLISTED = 'https://evil.example.com'

/** ms for what needs no timer of the server. */
export const SOON_MS = 15_000
/** ms for what a server does after up to 25 s by default. */
export const LATE_MS = 32_000
