import { TRANSPORTS, type ConnectionState, type Transport } from './useStomp.ts'

interface Props {
  transport: Transport
  onTransport: (transport: Transport) => void
  isActive: boolean
  onActive: (isActive: boolean) => void
  state: ConnectionState
  usedTransport?: string | undefined
  /** The instance that the newest message came from. */
  instance?: string | undefined
  error?: string | undefined
}

export default function ConnectionPanel (props: Props) {
  const { transport, onTransport, isActive, onActive, state, usedTransport, instance, error } = props
  return (
    <section className='panel' aria-label='Connection'>
      <div className='row'>
        <label htmlFor='transport'>Transport</label>
        <select
          id='transport' value={transport}
          onChange={event => onTransport(event.target.value as Transport)}
        >
          {['automatic', ...TRANSPORTS].map(name => <option key={name}>{name}</option>)}
        </select>
        <button id='toggle' type='button' onClick={() => onActive(!isActive)}>
          {isActive ? 'Disconnect' : 'Connect'}
        </button>
      </div>
      <dl aria-live='polite'>
        <div><dt>State</dt><dd id='state' data-state={state}>{state}</dd></div>
        <div><dt>Transport in use</dt><dd id='used-transport'>{usedTransport ?? '–'}</dd></div>
        <div><dt>Last message from</dt><dd id='instance'>{instance ?? '–'}</dd></div>
      </dl>
      {error !== undefined && <p id='error' role='alert'>The service says: {error}</p>}
    </section>
  )
}
