import { quote } from './faults.js'

/** A field name: RFC 9110 §5.1 and §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** What Access-Control-Expose-Headers is to name, without repeats, and a message for each name refused. */
export function parseExposedHeaders (text: string): {
  exposedHeaders: readonly string[], faults: readonly string[]
} {
  const byName = new Map<string, string>()
  const faults: string[] = []
  for (const name of text.split(',').map(item => item.trim()).filter(item => item !== '')) {
    const fault = findNameFault(name)
    if (fault !== undefined) faults.push(fault)
    else if (!byName.has(name.toLowerCase())) byName.set(name.toLowerCase(), name)
  }
  return { exposedHeaders: Object.freeze([...byName.values()]), faults }
}

function findNameFault (name: string): string | undefined {
  // Fetch §3.3.3: with credentials, which the gateway always allows, `*` is the name of a header called `*`.
  if (name === '*') return "'*' means nothing to a browser when credentials are allowed. Write each header's name"
  if (!TOKEN.test(name)) return `${quote(name)} is no header name. Write names such as X-Request-Id, with commas between`
}
