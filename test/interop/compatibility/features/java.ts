import type { Area, Target } from '../feature.js'
import { runJavaClient, type JavaTask } from '../java-client.js'

const NO_ORIGIN = 'a service asks, not a page: no `Origin` is sent, through the gateway neither'
const H2C = 'it asks for `Upgrade: h2c`, which the gateway keeps to itself; Node by itself does not read the body of such a POST'
const NO_BODY = { 'sockjs-node': /xhr_send was answered HTTP_1_1 500 Payload expected/ }

/** What services of a Java team do, with the client of their JDK (17). */
export const java: Area = {
  title: 'Java\'s own client, `java.net.http`',
  features: [
    { name: '`HttpClient`: GET of `info`', needs: 'sockjs', heavy: true, note: NO_ORIGIN, run: by('info') },
    {
      name: '`HttpClient`: a session by POST, without a body and with one',
      needs: 'sockjs',
      gateway: 'adds',
      heavy: true,
      note: H2C,
      no: NO_BODY,
      run: by('post')
    },
    { name: '`WebSocket` that asks for `v12.stomp`, and CONNECT', heavy: true, note: NO_ORIGIN, run: by('websocket') }
  ]
}

function by (task: JavaTask) {
  return (target: Target) => runJavaClient(target, task)
}
