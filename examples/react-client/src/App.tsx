import { useCallback, useRef, useState } from 'react'
import { CHAT_DESTINATION, CHAT_TOPIC, newMessageId, readMessage } from './chat.ts'
import Composer from './Composer.tsx'
import ConnectionPanel from './ConnectionPanel.tsx'
import MessageList, { type ReceivedMessage } from './MessageList.tsx'
import Refusal from './Refusal.tsx'
import { STOMP_URL } from './settings.ts'
import { useStomp, type Transport } from './useStomp.ts'

const MAX_MESSAGES = 500

export default function App () {
  const [transport, setTransport] = useState<Transport>('automatic')
  const [isActive, setActive] = useState(true)
  const [messages, setMessages] = useState<ReceivedMessage[]>([])
  const [name] = useState(() => `guest-${Math.floor(Math.random() * 9000) + 1000}`)
  const received = useRef(0)

  const onMessage = useCallback((body: string) => {
    const message = { ...readMessage(body), number: ++received.current }
    setMessages(earlier => [...earlier, message].slice(-MAX_MESSAGES))
  }, [])
  const { state, usedTransport, error, send } = useStomp({
    url: STOMP_URL, transport, topic: CHAT_TOPIC, isActive, onMessage
  })
  const say = (text: string) => send(CHAT_DESTINATION, { id: newMessageId(), from: name, text })

  return (
    <main>
      <h1>Chat</h1>
      <ConnectionPanel
        transport={transport} onTransport={setTransport} isActive={isActive} onActive={setActive}
        state={state} usedTransport={usedTransport} instance={messages.at(-1)?.instance} error={error}
      />
      {state === 'refused' && <Refusal url={STOMP_URL} />}
      <MessageList messages={messages} own={name} />
      <Composer name={name} isDisabled={state !== 'connected'} onSay={say} />
    </main>
  )
}
