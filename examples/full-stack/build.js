import { installPage } from './parts/page.js'
import { buildSpringChat, jarOf } from './parts/spring.js'

/**
 * Builds what the stack is started from, one after another, unless it is there.
 *   node examples/full-stack/build.js         the chat-service on Spring Boot 4, and the page's packages
 *   node examples/full-stack/build.js --all   all four chat-services
 */
const ALL = [{ boot: '4' }, { boot: '3' }, { boot: '4', secured: true }, { boot: '3', secured: true }]

try {
  for (const variant of process.argv.includes('--all') ? ALL : ALL.slice(0, 1)) {
    console.log(jarOf(variant))
    await buildSpringChat(variant)
  }
  console.log("the page's packages")
  await installPage()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
