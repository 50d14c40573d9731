import { useState, type FormEvent } from 'react'

interface Props {
  name: string
  isDisabled: boolean
  /** Says whether the text was sent; if not, it stays in the field. */
  onSay: (text: string) => boolean
}

export default function Composer ({ name, isDisabled, onSay }: Props) {
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isDisabled && onSay(text)) setText('')
  }

  return (
    <form className='panel row' onSubmit={submit}>
      <label htmlFor='text'>{name}</label>
      <input
        id='text' value={text} onChange={event => setText(event.target.value)} maxLength={500} required
        autoComplete='off' placeholder={isDisabled ? 'Not connected' : 'Write a message'} disabled={isDisabled}
      />
      <button id='send' type='submit' disabled={isDisabled}>Send</button>
    </form>
  )
}
