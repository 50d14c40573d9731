import { useEffect, useRef } from 'react'
import type { ChatMessage } from './chat.ts'

/** Numbered as it came: ids are the senders', who may repeat them. */
export type ReceivedMessage = ChatMessage & { number: number }

export default function MessageList ({ messages, own }: { messages: ReceivedMessage[], own: string }) {
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => { list.current?.scrollTo(0, list.current.scrollHeight) }, [messages])

  return (
    <ol id='messages' className='panel' ref={list} tabIndex={0} aria-live='polite' aria-label='Messages'>
      {messages.map(({ number, id, from, text, instance }) => (
        <li key={number} data-id={id} data-instance={instance} className={from === own ? 'mine' : undefined}>
          <span className='about'>{from} · {instance}</span>
          <span className='text'>{text}</span>
        </li>
      ))}
    </ol>
  )
}
