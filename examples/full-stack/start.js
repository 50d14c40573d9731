import { buildParts } from './parts/build.js'
import { startStack } from './stack.js'

/**
 * Builds and starts the whole stack on free ports, and prints where to look. SIGINT (Ctrl-C) or SIGTERM stops
 * all of it, with exit code 0; a part that ends by itself does so with exit code 1. A second signal does not
 * wait.
 */
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (stopped.signal.aborted) process.exit(1)
    stopped.abort()
  })
}

try {
  await buildParts({ say: line => console.log(`building: ${line}`), signal: stopped.signal })
  const stack = await startStack({ signal: stopped.signal })
  try {
    console.log(describe(stack))
    await untilOver(stack)
  } finally {
    await stack.stop()
  }
} catch (error) {
  if (!stopped.signal.aborted) {
    console.error(error.message)
    process.exitCode = 1
  }
}

/** Resolves when a signal came; rejects when a part ended. */
async function untilOver ({ springs, gateway, nginx }) {
  const parts = [...springs, gateway, nginx].map(({ child }) => child)
  const died = parts.map(async ({ name, ended, output }) => {
    throw new Error(`${name} ended with ${await ended}. Its last output:\n${output().slice(-2_000)}`)
  })
  const asked = new Promise(resolve => {
    stopped.signal.addEventListener('abort', resolve, { once: true })
    if (stopped.signal.aborted) resolve()
  })
  await Promise.race([asked, ...died])
}

function describe ({ page, evilPage, stompUrl, gateway, springs }) {
  return `
  page, on the allow-list   ${page}
  the same page, not on it  ${evilPage}
  where both connect        ${stompUrl}
  gateway                   ${gateway.url}
  chat-services             ${springs.map(({ url }) => url).join(' ')}

The certificate was made a moment ago and signed by nobody: let the browser take it, for the page and, in a tab
of its own, for ${stompUrl}/info. Ctrl-C stops everything.
`
}
