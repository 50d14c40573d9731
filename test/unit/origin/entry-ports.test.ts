import t from 'tap'
import { lintEntry } from '../../../src/origin/entry.js'

const read = [
  ['no port as the default port', 'https://a.com', [''], 'ok'],
  ['a port', 'https://a.com:8443', ['8443'], 'ok'],
  ['the highest port', 'https://a.com:65535', ['65535'], 'ok'],
  ['a list', 'https://a.com:[8080,8081]', ['8080', '8081'], 'ok'],
  ['the default port in a list as no port', 'https://a.com:[443,8443]', ['', '8443'], 'ok'],
  ['the default port of http', 'http://localhost:80', [''], 'warn'],
  ['443 on http as itself', 'http://localhost:443', ['443'], 'ok'],
  ['the default port of https alone', 'https://a.com:443', [''], 'warn'],
  ['a list of the default port alone', 'https://a.com:[443]', [''], 'warn'],
  ['a port that is listed twice as one', 'https://a.com:[8080,8080]', ['8080'], 'warn'],
  ['any port', 'https://a.com:[*]', 'any', 'ok'],
  ['":*" as any port', 'https://a.com:*', 'any', 'warn'],
  ['a port of a custom scheme', 'capacitor://localhost:443', ['443'], 'ok']
] as const
for (const [name, entry, ports, verdict] of read) {
  t.test(`reads ${name}`, async t => { t.match(lintEntry(entry), { verdict, pattern: { ports } }) })
}

const refused = [
  ['an empty port', ':', /port is empty: write ":8080"/],
  ['an empty list', ':[]', /port is empty/],
  ['an empty member of a list', ':[80,]', /port is empty/],
  ['port 0', ':0', /"0" is not a port: write a number from 1 to 65535/],
  ['port 65536', ':65536', /"65536" is not a port/],
  ['a leading zero', ':080', /"080" is not a port/],
  ['letters', ':http', /"http" is not a port/],
  ['letters after a port', ':80x', /"80x" is not a port/],
  ['anything after a list', ':[80]1', /"\[80\]1" is not a port/],
  ['a range', ':80-90', /"80-90" is a range: list the ports/],
  ['a star among ports', ':[*,80]', /mixes "\*" with a port: write ":\[\*\]"/],
  ['a star after a port', ':80*', /mixes "\*" with a port/],
  ['a list without a colon', '[80]', /"\[80\]" follows the host: write a port as ":8080"/],
  ['a bracket that nothing opened', ']', /"\]" follows the host/],
  ['a bad port behind good ones', ':[80,81,x]', /"x" is not a port/]
] as const
for (const [name, text, message] of refused) {
  t.test(`refuses ${name}`, async t => {
    const { verdict, messages } = lintEntry(`https://a.com${text}`)
    t.equal(verdict, 'reject')
    t.match(messages[0], message)
  })
}
