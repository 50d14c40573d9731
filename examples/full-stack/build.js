import { buildParts } from './parts/build.js'

/**
 * Builds what the stack is started from, where it is missing or out of date.
 *   node examples/full-stack/build.js         the chat-service on Spring Boot 4, and the packages of the page
 *   node examples/full-stack/build.js --all   all four chat-services
 */
try {
  await buildParts({ all: process.argv.includes('--all'), say: line => console.log(line) })
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
