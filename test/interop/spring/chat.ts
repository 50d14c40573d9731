import { randomUUID } from 'node:crypto'
import type { StompConnection } from './stomp-connection.js'

/** A message of examples/spring-chat as it comes back. */
export interface Chat { id: string, from: string, text: string, instance: string }

/** Connects, with these further headers of CONNECT, and subscribes to the chat; resolves with CONNECTED's. */
export async function joinChat (
  connection: StompConnection, headers: Record<string, string> = {}
): Promise<ReadonlyMap<string, string>> {
  const send = async (command: string, headers: Record<string, string>) => {
    const status = await connection.send(command, headers)
    if (status !== 0 && status !== 204) throw new Error(`${command} was answered ${status}`)
  }
  await send('CONNECT', { 'accept-version': '1.2', 'heart-beat': '0,0', host: 'chat', ...headers })
  const connected = await connection.next()
  if (connected.command !== 'CONNECTED') {
    throw new Error(`${connected.command}: ${connected.headers.get('message')} ${connected.body}`)
  }
  await send('SUBSCRIBE', { id: '0', destination: '/topic/chat' })
  // The simple broker gives no receipt for it, but the order is kept: this comes back once it is done.
  const id = randomUUID()
  await say(connection, { id, from: 'joined', text: '' })
  while ((await nextChat(connection)).id !== id);
  return connected.headers
}

/** Sends a message to the chat; resolves as `send` of the connection does. */
export async function say (
  connection: StompConnection, message: { id: string, from: string, text: string }
): Promise<number> {
  const headers = { destination: '/app/chat', 'content-type': 'application/json' }
  return await connection.send('SEND', headers, JSON.stringify(message))
}

/** The next message of the chat. */
export async function nextChat (connection: StompConnection): Promise<Chat> {
  const { command, headers, body } = await connection.next()
  if (command !== 'MESSAGE') throw new Error(`${command}: ${headers.get('message')} ${body}`)
  return JSON.parse(body) as Chat
}

/**
 * Has Spring end the connection, so that its access log tells of it; resolves with how it ended. On
 * DISCONNECT it waits for the client to go, and of a stream it sees that with its next heart-beat only.
 */
export async function endBySpring (connection: StompConnection): Promise<string> {
  await connection.send('NO-SUCH-COMMAND')
  return await connection.ended()
}
