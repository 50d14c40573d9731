import type { ChildProcess } from 'node:child_process'

/** What goes over the channel; one question is under way at a time. */
type Reply = { readonly answer: unknown } | { readonly failure: string }

const MINUTE_MS = 60_000

/**
 * The answer of a program that was started with `answers`.
 * @throws Error when it fails, ends first, or takes longer than `timeoutMs`
 */
export async function ask<T> (
  child: ChildProcess, name: string, question: object, timeoutMs = MINUTE_MS
): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const settle = (error: Error | undefined, answer?: unknown) => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
      if (error === undefined) resolve(answer as T)
      else reject(error)
    }
    const onExit = () => settle(new Error(`${name} ended before it answered`))
    const onMessage = (reply: Reply) => {
      if ('failure' in reply) settle(new Error(`${name}: ${reply.failure}`))
      else settle(undefined, reply.answer)
    }
    const timer = setTimeout(() => settle(new Error(`${name} did not answer within ${timeoutMs} ms`)), timeoutMs)
    child.on('message', onMessage).on('exit', onExit)
    child.send(question, error => { if (error !== null) settle(error) })
  })
}

/**
 * The other end, in a program of ours: answers each question, and ends this process when the asker is
 * gone.
 */
export function answer<Question> (respond: (question: Question) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit())
  process.on('message', async (question: Question) => {
    let reply: Reply
    try {
      reply = { answer: await respond(question) }
    } catch (error) {
      reply = { failure: (error as Error).message }
    }
    process.send?.(reply)
  })
}
