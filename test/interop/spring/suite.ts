import type { Test } from 'tap'
import { testClientFacts } from './client-facts.js'
import { testHeaders } from './headers.js'
import { testKeepAlive } from './keep-alive.js'
import { testLargeHeads } from './large-heads.js'
import { testPrivateAnswers } from './private-answers.js'
import { testSecurity } from './security.js'
import { startServices, type Boot } from './services.js'

/** All that is to be seen of one Spring Boot without a browser; each chat-service is started once. */
export async function testSpring (t: Test, boot: Boot): Promise<void> {
  const pageDir = t.testdir({}) // nobody asks for the page
  const [plain, secured] = await Promise.all([
    startServices(t, { boot, count: 2, pageDir }),
    startServices(t, { boot, count: 1, pageDir, secured: true })
  ])
  testHeaders(t, secured, plain)
  testClientFacts(t, plain)
  testKeepAlive(t, plain, boot)
  testLargeHeads(t, plain)
  testPrivateAnswers(t, secured)
  testSecurity(t, secured)
}
