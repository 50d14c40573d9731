import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Test } from 'tap'
import { createBroker } from '../../../src/demo/broker.js'
import { startChatService } from '../../../src/demo/chat-service.js'
import { springChat } from '../../helper/full-stack.js'
import { rabbitmqServer } from '../../helper/rabbitmq.js'
import type { Kind } from './feature.js'

/** A column of the table. */
export interface Server {
  /** Name and version, as the table shows them. */
  title: string
  kind: Kind
  /** What STOMP_UPSTREAMS takes. */
  url: string
  /** Path of the endpoint, and of the plain WebSocket below or beside it. */
  endpoint: string
  socket: string
  speaksSockjs: boolean
  login: readonly string[]
}

const SOCKJS = { endpoint: '/ws-stomp', socket: '/ws-stomp/websocket', speaksSockjs: true, login: [] }

/** Starts all of them at once, each as it comes; they end with the test. */
export async function startServers (t: Test): Promise<Server[]> {
  return await Promise.all([sockjsNode(t), springBoot(t, '4'), springBoot(t, '3'), rabbitmq(t)])
}

async function springBoot (t: Test, boot: '4' | '3'): Promise<Server> {
  const { url } = await springChat(t, { boot, name: `boot-${boot}` })
  return { ...SOCKJS, title: `Spring Boot ${springVersion(boot)}`, kind: 'spring', url }
}

function springVersion (boot: string): string {
  const pom = readFileSync('examples/spring-chat/pom.xml', 'utf8')
  const profile = new RegExp(`<id>boot-${boot}</id>[^]*?<spring-boot.version>([^<]+)<`)
  const version = profile.exec(pom)?.[1]
  if (version === undefined) throw new Error(`examples/spring-chat/pom.xml has no version in its profile boot-${boot}`)
  return version
}

async function rabbitmq (t: Test): Promise<Server> {
  const { url, log } = await rabbitmqServer(t)
  const version = /Starting RabbitMQ (\d+\.\d+)/.exec(log())?.[1]
  const login = ['login:guest', 'passcode:guest']
  return {
    title: `RabbitMQ ${version} Web-STOMP`,
    kind: 'rabbitmq',
    url,
    endpoint: '/ws',
    socket: '/ws',
    speaksSockjs: false,
    login
  }
}

/** sockjs-node with the STOMP of the demo. */
async function sockjsNode (t: Test): Promise<Server> {
  const service = await startChatService({
    name: 'sockjs-node',
    broker: createBroker(),
    sockjs: { jsessionid: true } // its own way to sticky sessions, off by default
  })
  t.teardown(() => service.close())
  const { version } = createRequire(import.meta.url)('sockjs/package.json')
  return { ...SOCKJS, title: `sockjs-node ${version}`, kind: 'sockjs-node', url: service.url }
}
