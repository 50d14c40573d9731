import { once } from 'node:events'
import { Socket } from 'node:net'
import t from 'tap'
import { READ_BUFFER, readIntoBuffer } from '../../../src/proxy/read-buffer.js'
import { socketPair } from '../../helper/socket-pair.js'

t.test('an accepted socket is read into the one buffer, and tells its end as before', async t => {
  const { accepted, dialled } = await socketPair(t)
  const read: string[] = []
  const took = new Promise<void>(resolve => {
    t.equal(readIntoBuffer(accepted, function (size) {
      t.equal(this, accepted)
      read.push(READ_BUFFER.toString('latin1', 0, size))
      resolve()
    }), true, 'this version of Node reads as the tested ones do')
  })
  accepted.on('data', () => t.fail('it came by `data`')).resume()
  dialled.write('hello')
  await took
  t.same(read, ['hello'])
  dialled.end()
  await once(accepted, 'end')
})

t.test('what came before still comes as data, and first', async t => {
  const { accepted, dialled } = await socketPair(t)
  dialled.write('before')
  await once(accepted, 'readable')
  let seen = ''
  readIntoBuffer(accepted, size => { seen += READ_BUFFER.toString('latin1', 0, size) })
  accepted.on('data', chunk => { seen += String(chunk) }).resume()
  dialled.end('after')
  await once(accepted, 'end')
  t.equal(seen, 'beforeafter')
})

t.test('a socket that is paused is not read', async t => {
  const { accepted, dialled } = await socketPair(t)
  const taken: number[] = []
  const first = new Promise<void>(resolve => readIntoBuffer(accepted, function (size) {
    taken.push(size)
    this.pause()
    resolve()
  }))
  accepted.resume()
  dialled.write(Buffer.alloc(1_000_000))
  await first
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
  t.equal(taken.length, 1)
  accepted.resume()
  while (taken.length < 2) await new Promise(resolve => setImmediate(resolve))
})

t.test('a socket without a connection is left as it is', async t => {
  t.equal(readIntoBuffer(new Socket(), () => {}), false)
})
