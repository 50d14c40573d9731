import { readdirSync } from 'node:fs'

/**
 * Runs all test files of these rooms (folders of test/) in this process: to start one and to load Fastify
 * costs more than most of them do. Their tests run one after the other; a file that sets `t.jobs`, or needs a
 * process of its own, stands in a room that is not grouped.
 */
export async function runRooms (...rooms: readonly string[]): Promise<void> {
  await Promise.all(rooms.flatMap(room => readdirSync(`dist/test/${room}`)
    .filter(file => file.endsWith('.test.js'))
    .map(file => import(`../${room}/${file}`))))
}
