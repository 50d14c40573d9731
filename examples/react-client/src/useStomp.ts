import { Client, ReconnectionTimeMode } from '@stomp/stompjs'
import SockJS from 'sockjs-client'
import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react'
import { csrfHeader } from './csrf.ts'
import { isRefused } from './refusal.ts'

/** `refused`: the server answers, but not for this page's origin. It is asked again all the same. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'refused' | 'disconnected'

/** "automatic" is SockJS' own choice: the first of these that works. */
export const TRANSPORTS = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'] as const
export type Transport = 'automatic' | typeof TRANSPORTS[number]

interface Options {
  url: string
  transport: Transport
  topic: string
  isActive: boolean
  /** Called with the body of each message of `topic`. */
  onMessage: (body: string) => void
}

interface Status {
  state: ConnectionState
  /** SockJS' name of what it uses, once connected. */
  usedTransport?: string | undefined
  /** What the broker said in its last ERROR frame. */
  error?: string | undefined
}

type SockJsSocket = WebSocket & { transport?: string }

/** SockJS closes with it when /info cannot be read. */
const CANNOT_CONNECT = 1002

/**
 * Keeps one STOMP connection while the component is there and `isActive`, and comes back by itself when it is
 * lost. Subscriptions end with their connection, so each new one subscribes anew and nothing arrives twice.
 */
export function useStomp ({ url, transport, topic, isActive, onMessage }: Options) {
  const [status, setStatus] = useState<Status>({ state: 'disconnected' })
  const current = useRef<Client>(null)
  const receive = useEffectEvent(onMessage)

  useEffect(() => {
    if (!isActive) return
    let socket: SockJsSocket | undefined
    const client = new Client({
      webSocketFactory () {
        const transports = transport === 'automatic' ? [...TRANSPORTS] : [transport]
        // SockJS would give a transport 0.6 s on a near server: too short while another instance takes over.
        socket = new SockJS(url, null, { transports, timeout: 5_000 })
        return socket
      },
      // By itself it waits for ever when CONNECT is left unanswered. SockJS may need 28 s to open its last
      // transport: 8 s for /info, and 5 s for each that a proxy on the way swallows.
      connectionTimeout: 30_000,
      reconnectDelay: 1_000,
      maxReconnectDelay: 30_000,
      reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
      heartbeatIncoming: 10_000,
      heartbeatOutgoing: 10_000,
      async beforeConnect () { client.connectHeaders = await csrfHeader() },
      onConnect () {
        client.subscribe(topic, message => { if (isCurrent()) receive(message.body) })
        setStatus({ state: 'connected', usedTransport: socket?.transport })
      },
      onStompError ({ headers }) {
        if (isCurrent()) setStatus(({ state }) => ({ state, error: headers.message }))
      },
      async onWebSocketClose ({ code }) {
        const refused = code === CANNOT_CONNECT && await isRefused(url)
        if (!isCurrent() || client.connected) return
        setStatus(({ error }) => ({ state: refused ? 'refused' : 'reconnecting', error }))
      }
    })
    /** A client left behind may still report: of another transport, or of StrictMode's first mount. */
    const isCurrent = () => current.current === client

    current.current = client
    setStatus({ state: 'connecting' })
    client.activate()
    return () => {
      current.current = null
      setStatus({ state: 'disconnected' })
      client.deactivate()
    }
  }, [url, transport, topic, isActive])

  /** Whether it was handed over. A message that nobody takes stays with its writer. */
  const send = useCallback((destination: string, message: object): boolean => {
    if (!current.current?.connected) return false
    const headers = { 'content-type': 'application/json' }
    current.current.publish({ destination, headers, body: JSON.stringify(message) })
    return true
  }, [])

  return { ...status, send }
}
