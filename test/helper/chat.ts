import { Client, type IFrame, type IMessage, type StompConfig } from '@stomp/stompjs'
import SockJS from 'sockjs-client'
import type { Test } from 'tap'
import { createBroker } from '../../src/demo/broker.js'
import { startChatService, type ChatService } from '../../src/demo/chat-service.js'
import { DISCONNECT_DELAY_MS } from './sockjs-instance.js'

/** Chat-services that share one broker, so that it does not matter which of them a client meets. */
export async function startChat (t: Test, names: readonly string[], port = 0): Promise<ChatService[]> {
  const broker = createBroker()
  return await Promise.all(names.map(async name => {
    const service = await startChatService({
      name, broker, port, sockjs: { disconnect_delay: DISCONNECT_DELAY_MS }
    })
    t.teardown(() => service.close())
    return service
  }))
}

/** A STOMP client and what is known of its connection. */
export interface ChatClient {
  client: Client
  connected: IFrame
  /** The SockJS transport really in use. */
  transport: string | undefined
}

/** A client that is connected over SockJS at `url`, unless `webSocketFactory` says otherwise. */
export async function connectChat (
  t: Test, url: string, { transports, options, ...config }:
  StompConfig & { transports?: string | string[], options?: SockJS.Options } = {}
): Promise<ChatClient> {
  let socket: unknown
  const client = new Client({
    reconnectDelay: 0,
    webSocketFactory: () => {
      const sockjs = new SockJS(url, undefined, { ...options, ...(transports && { transports }) })
      socket = sockjs
      return sockjs
    },
    ...config
  })
  t.teardown(() => client.deactivate({ force: true }))
  const connected = await new Promise<IFrame>((resolve, reject) => {
    client.onConnect = resolve
    if (config.reconnectDelay === undefined) {
      client.onWebSocketClose = event => reject(new Error(`closed: ${event.code} ${event.reason}`))
    }
    client.activate()
  })
  return { client, connected, transport: (socket as { transport?: string } | undefined)?.transport }
}

/** Resolves with the RECEIPT of this id. */
export function receipt (client: Client, id: string): Promise<IFrame> {
  return new Promise(resolve => client.watchForReceipt(id, resolve))
}

/** A subscription that the instance has confirmed: resolves with one message after the other. */
export async function subscribe (client: Client, destination: string): Promise<() => Promise<IMessage>> {
  const messages: IMessage[] = []
  let wake = () => {}
  const confirmed = receipt(client, destination)
  client.subscribe(destination, message => {
    messages.push(message)
    wake()
  }, { receipt: destination })
  await confirmed
  return async () => {
    while (messages.length === 0) await new Promise<void>(resolve => { wake = resolve })
    return messages.shift()!
  }
}
