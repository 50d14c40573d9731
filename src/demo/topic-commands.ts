import type { Broker, Message } from './broker.js'
import type { StompFrame } from './stomp-frame.js'

/** Why a frame is refused, for the ERROR frame. Undefined: it is not. */
export type Refusal = string | undefined

/** What a client frame does, by its command. */
export type Commands = ReadonlyMap<string, (frame: StompFrame) => Refusal>

interface TopicCommandsOptions {
  broker: Broker
  maxSubscriptions: number
  /** Writes one MESSAGE frame to the client. */
  deliver: (headers: Array<readonly [string, string]>, body: string) => void
}

const ACK_MODES = ['auto', 'client', 'client-individual']
/** Headers of SEND that are addressed to the broker; the rest is the sender's and travels in MESSAGE. */
const NOT_PASSED_ON = ['destination', 'receipt', 'content-length', 'subscription', 'message-id', 'ack']

const isTopic = (destination: string | undefined): destination is string =>
  destination !== undefined && /^\/topic\/./.test(destination)

/** The commands of one connected client that concern topics, and the end of all its subscriptions.
 *  Messages are not kept, so every ack mode is taken, MESSAGE carries what ACK and NACK need (STOMP 1.2
 *  "MESSAGE"), and both are then answered without effect: there is nothing to send again. */
export function createTopicCommands (options: TopicCommandsOptions): { commands: Commands, end: () => void } {
  const { broker, maxSubscriptions } = options
  const subscriptions = new Map<string, () => void>()

  function subscribe ({ headers }: StompFrame): Refusal {
    const id = headers.get('id')
    const destination = headers.get('destination')
    const ack = headers.get('ack') ?? 'auto'
    if (id === undefined) return 'SUBSCRIBE needs an id header'
    if (subscriptions.has(id)) return 'a subscription of this id is already open'
    if (!isTopic(destination)) return 'a destination is /topic/ and a name'
    if (!ACK_MODES.includes(ack)) return 'ack is auto, client or client-individual'
    if (subscriptions.size >= maxSubscriptions) return `a session has at most ${maxSubscriptions} subscriptions`
    subscriptions.set(id, broker.subscribe(destination, message => deliver(message, id, ack)))
  }

  function deliver (message: Message, subscription: string, ack: string) {
    const headers: Array<readonly [string, string]> = [
      ['subscription', subscription], ['message-id', message.id], ['destination', message.destination]
    ]
    if (ack !== 'auto') headers.push(['ack', message.id])
    options.deliver([...headers, ...message.headers], message.body)
  }

  function unsubscribe ({ headers }: StompFrame): Refusal {
    const id = headers.get('id') ?? ''
    const stop = subscriptions.get(id)
    if (stop === undefined) return 'no subscription of this id is open'
    stop()
    subscriptions.delete(id)
  }

  function publish ({ headers, body }: StompFrame): Refusal {
    const destination = headers.get('destination')
    if (!isTopic(destination)) return 'a destination is /topic/ and a name'
    const passedOn = [...headers].filter(([name]) => !NOT_PASSED_ON.includes(name))
    broker.publish(destination, { headers: new Map(passedOn), body })
  }

  const acknowledge = ({ headers }: StompFrame): Refusal =>
    headers.has('id') ? undefined : 'ACK and NACK need an id header'

  return {
    commands: new Map([
      ['SUBSCRIBE', subscribe], ['UNSUBSCRIBE', unsubscribe], ['SEND', publish], ['ACK', acknowledge], ['NACK', acknowledge]
    ]),
    end () {
      for (const stop of subscriptions.values()) stop()
      subscriptions.clear()
    }
  }
}
