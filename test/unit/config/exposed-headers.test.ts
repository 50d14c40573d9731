import t from 'tap'
import { parseExposedHeaders } from '../../../src/config/exposed-headers.js'

t.test('takes header names, each once, in their first spelling', async t => {
  const { exposedHeaders, faults } = parseExposedHeaders('X-Request-Id, etag,,x-request-id,X_a!')
  t.same(exposedHeaders, ['X-Request-Id', 'etag', 'X_a!'])
  t.same(faults, [])
  t.ok(Object.isFrozen(exposedHeaders))
})

t.test('refuses the star, which browsers take for a name here', async t => {
  const { exposedHeaders, faults } = parseExposedHeaders('*')
  t.same(exposedHeaders, [])
  t.match(faults, [/^'\*' means nothing .* Write each header's name$/])
})

for (const name of ['X Request', 'X-Id: 1', 'X-\u00e9', 'X-A\r\nSet-Cookie', '"X"']) {
  t.test(`refuses ${JSON.stringify(name)}, which is no token`, async t => {
    t.match(parseExposedHeaders(`ETag,${name}`).faults, [/ is no header name\. Write names such as X-Request-Id/])
    t.same(parseExposedHeaders(`ETag,${name}`).exposedHeaders, ['ETag'])
  })
}
