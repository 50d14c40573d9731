/** What a page can know of a refusal, and how to ask for the rest, which the browser hides from it. */
export default function Refusal ({ url }: { url: string }) {
  return (
    <section className='panel refused' role='alert' aria-label='Refused'>
      <p>
        <code>{url}</code> answers, but not for this page. Most likely <code>{location.origin}</code> is not
        on the allow-list; a proxy that has lost its gateway looks the same from here. Ask why:
      </p>
      <pre id='curl' tabIndex={0}>{`curl -i -H 'Origin: ${location.origin}' ${url}/info`}</pre>
      <p>or, with the gateway's settings at hand:</p>
      <pre tabIndex={0}>{`npx gatehouse explain ${location.origin}`}</pre>
    </section>
  )
}
