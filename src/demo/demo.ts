import { createBroker } from './broker.js'
import { startChatService } from './chat-service.js'
import { startPage } from './page.js'

/** The running demo, all but the gateway. */
export interface Demo {
  /** URLs of the two chat-service instances, for `STOMP_UPSTREAMS`. */
  upstreams: string[]
  /** The one origin for the allow-list; the second page's origin is left out on purpose. */
  allowedOrigins: string[]
  /** Points both pages at the gateway, once that listens, and returns their URLs: the allowed one first. */
  servePages (gatewayUrl: string): Promise<string[]>
  close (): Promise<void>
}

/** Starts two chat-service instances on free ports, which share their topics, and one chat page on two
 *  origins. All ports are bound at once, so that a taken one is known before the gateway listens: rejects
 *  with the listen error (`code` EADDRINUSE, `port`), having closed what was open. `pagePorts`: the allowed
 *  page's and the blocked page's, 0 for a free one. */
export async function startDemo ({ pagePorts }: { pagePorts: readonly [number, number] }): Promise<Demo> {
  const broker = createBroker()
  const opened: Array<{ close (): Promise<void> }> = []
  async function keep<T extends { close (): Promise<void> }> (starting: Promise<T>): Promise<T> {
    const started = await starting
    opened.push(started)
    return started
  }
  const close = async () => { await Promise.all(opened.map(part => part.close())) }

  try {
    const allowed = await keep(startPage({ port: pagePorts[0] }))
    const blocked = await keep(startPage({ port: pagePorts[1] }))
    const instances = [
      await keep(startChatService({ name: 'A', broker })), await keep(startChatService({ name: 'B', broker }))
    ]
    const pages = [allowed.origin, blocked.origin]
    return {
      upstreams: instances.map(instance => instance.url),
      allowedOrigins: [allowed.origin],
      async servePages (gatewayUrl) {
        for (const page of [allowed, blocked]) page.configure({ gatewayUrl, pages })
        return pages
      },
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}
