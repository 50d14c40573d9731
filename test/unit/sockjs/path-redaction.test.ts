import t from 'tap'
import { redactPath } from '../../../src/sockjs/path.js'
import { TRANSPORTS } from '../../../src/sockjs/transports.js'

const rows = [
  ['/stomp/ws-stomp/000/SECRET/xhr', '/stomp/ws-stomp/*/*/xhr'],
  ['/stomp/000/SECRET/xhr', '/stomp/000/*/xhr'],
  ['/stomp/ws-stomp/info', '/stomp/ws-stomp/info'],
  ['/stomp/ws-stomp/websocket', '/stomp/ws-stomp/websocket'],
  ['/stomp/ws-stomp/iframe-1.6.1.html', '/stomp/ws-stomp/iframe-1.6.1.html'],
  ['/stomp/ws-stomp/', '/stomp/ws-stomp/'],
  ['/stomp/', '/stomp/'],
  ['/stomp', '/stomp'],
  ['/stomp/ws-stomp/info?t=SECRET', '/stomp/ws-stomp/info'],
  ['/stomp/ws-stomp/000/SECRET/xhr?a=/b/SECRET#SECRET', '/stomp/ws-stomp/*/*/xhr'],
  ['/stomp/ws-stomp/info#SECRET', '/stomp/ws-stomp/info'],
  ['/stomp?SECRET', '/stomp'],
  ['/stomp/ws-stomp/000/SECRET/xhr/', '/stomp/ws-stomp/*/*/xhr/'],
  ['/stomp/ws-stomp/000/SECRET/unknown', '/stomp/ws-stomp/*/*/*'],
  ['/stomp/ws-stomp/000/SECRET', '/stomp/ws-stomp/*/*'],
  ['/stomp/ws-stomp/000/SECRET/XHR', '/stomp/ws-stomp/*/*/*'],
  ['/stomp/ws-stomp/000/SECRET/%78hr', '/stomp/ws-stomp/*/*/*'],
  ['/stomp/ws-stomp/000/SECRET;a=b/xhr;SECRET', '/stomp/ws-stomp/*/*/*'],
  ['/stomp/ws-stomp;jsessionid=SECRET/info', '/stomp/*/info'],
  ['/stomp//000/SECRET/xhr', '/stomp//*/*/xhr'],
  ['/stomp//SECRET/xhr', '/stomp//*/xhr'],
  ['//stomp/000/SECRET/xhr', '//*/*/*/xhr'],
  ['/stomp/000%2fSECRET%2fxhr', '/stomp/*'],
  ['/stomp%2f000%2fSECRET/xhr', '/*/xhr'],
  ['/stomp/000\\SECRET\\xhr', '/stomp/*'],
  ['/stomp/000%3fSECRET', '/stomp/*'],
  ['/stomp/000 SECRET\r\nx', '/stomp/*'],
  ['/stomp/ws-stomp/info\r\nSECRET', '/stomp/ws-stomp/*'],
  ['/stomp/ws-stomp/SECRETinfo', '/stomp/ws-stomp/*'],
  ['/stomp/ws-stomp/constructor', '/stomp/ws-stomp/*'],
  ['/other/000/SECRET/xhr', '/other/*/*/xhr'],
  ['/stompede/SECRET/xhr', '/stompede/*/xhr'],
  ['/%73tomp/000/SECRET/xhr', '/*/*/*/xhr'],
  ['http://host/stomp/000/SECRET/xhr', '*//*/*/*/*/xhr'],
  ['SECRET', '*'],
  ['', '']
] as const
for (const [path, shown] of rows) {
  t.test(`shows ${JSON.stringify(path)} as ${shown}`, async t => { t.equal(redactPath(path, '/stomp'), shown) })
}

for (const transport of Object.keys(TRANSPORTS)) {
  t.test(`keeps the word ${transport}`, async t => {
    t.equal(redactPath(`/stomp/ws/000/SECRET/${transport}`, '/stomp'), `/stomp/ws/*/*/${transport}`)
  })
}

for (const prefix of ['', '/']) {
  t.test(`hides the id below the prefix '${prefix}'`, async t => {
    t.equal(redactPath('/000/SECRET/xhr', prefix), '/000/*/xhr')
  })
}

t.test('takes a prefix of several segments, with or without a slash at its end', async t => {
  t.equal(redactPath('/api/chat/ws/000/SECRET/xhr', '/api/chat'), '/api/chat/ws/*/*/xhr')
  t.equal(redactPath('/api/chat/ws/000/SECRET/xhr', '/api/chat/'), '/api/chat/ws/*/*/xhr')
  t.equal(redactPath('/api/chat', '/api/chat'), '/api/chat')
})

t.test('is never longer than 256 characters', async t => {
  t.equal(redactPath(`/stomp/${'a'.repeat(65)}`, '/stomp'), '/stomp/*')
  t.equal(redactPath(`/stomp/${'a'.repeat(64)}`, '/stomp'), `/stomp/${'a'.repeat(64)}`)
  t.equal(redactPath(`/stomp/ws${'/SECRET'.repeat(5000)}`, '/stomp').length, 256)
  t.equal(redactPath(`/stomp/iframe${'a'.repeat(5000)}.html`, '/stomp').length, 256)
})
