/** A message as the chat-service sends it on. */
export interface ChatMessage {
  id: string
  from: string
  text: string
  /** The instance that served its sender. */
  instance: string
}

export const CHAT_TOPIC = '/topic/chat'
export const CHAT_DESTINATION = '/app/chat'

/** An id that no other message has. crypto.randomUUID is not to be had on a page that came by plain http. */
export function newMessageId (): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}

/** Reads a frame's body. Anybody may have sent it: what is no such message is shown as text. */
export function readMessage (body: string): ChatMessage {
  let json: Record<string, unknown>
  try {
    json = Object(JSON.parse(body))
  } catch {
    json = { text: body }
  }
  const text = (name: string) => String(json[name] ?? '')
  return { id: text('id'), from: text('from'), text: text('text'), instance: text('instance') }
}
