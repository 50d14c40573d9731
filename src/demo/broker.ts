/** A message on its way to the subscribers of one destination. */
export interface Message {
  id: string
  destination: string
  headers: ReadonlyMap<string, string>
  body: string
}

/** Topics without a memory: who is subscribed at the time of `publish` gets the message, nobody else. */
export interface Broker {
  /** Starts deliveries; the function it returns ends them, and may be called more than once. */
  subscribe (destination: string, deliver: (message: Message) => void): () => void
  /** Hands the message to every subscriber at once and returns how many there were. */
  publish (destination: string, message: Pick<Message, 'headers' | 'body'>): number
}

/** A broker in this process. Instances that share one let their users talk to each other. */
export function createBroker (): Broker {
  const topics = new Map<string, Set<(message: Message) => void>>()
  let published = 0

  return {
    subscribe (destination, deliver) {
      const entry = (message: Message) => deliver(message) // an identity: one function may subscribe twice
      const subscribers = topics.get(destination) ?? new Set()
      topics.set(destination, subscribers.add(entry))
      return () => {
        subscribers.delete(entry)
        if (subscribers.size === 0 && topics.get(destination) === subscribers) topics.delete(destination)
      }
    },
    publish (destination, { headers, body }) {
      const message = { id: String(++published), destination, headers, body }
      const subscribers = [...topics.get(destination) ?? []] // a copy: a delivery may end subscriptions
      for (const deliver of subscribers) deliver(message)
      return subscribers.length
    }
  }
}
