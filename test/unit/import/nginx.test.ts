import t from 'tap'
import { importNginx } from '../../../src/import/nginx-map.js'

t.test('reads the map of $http_origin in a configuration', async t => {
  const { entries, notes, unread } = importNginx(`
http {
  # map $http_origin $old { "https://old.invalid" 1; }
  map $host $name { "https://host.invalid" 1; }
  map $http_origin $cors_origin {
    volatile;
    default "";
    "" "";
    https://app.example.com  $http_origin; # a comment
    'https://b.example.com' $http_origin;
    "~^https://(.*\\.)?fittrip\\.site$" $http_origin;
    ~^http://localhost(:\\d+)?$ $http_origin;
    "~*^https?://(a|b)-[0-9]{1,3}\\.example\\.org$" $http_origin;
  }
  map \${http_origin} $ok { \\https://c.example.com 1; }
}
`)
  t.strictSame(unread, [])
  t.strictSame(entries, ['https://app.example.com', 'https://b.example.com', 'https://fittrip.site', 'https://*.fittrip.site',
    'http://localhost', 'http://localhost:[*]', 'http://a-*.example.org', 'http://b-*.example.org', 'https://a-*.example.org',
    'https://b-*.example.org', 'https://c.example.com'])
  t.match(notes.map(({ line }) => line), [9, 10, 11, 12, 13, 15])
})

/** An expression, what it becomes, and a word of each difference in its order. */
const converted = [
  ['^https://example\\.com$', ['https://example.com'], []],
  ['^https:\\/\\/example\\.com$', ['https://example.com'], []],
  ['^https://example[.]com$', ['https://example.com'], []],
  ['^https://example\\.com', ['https://example.com'], ['"https://example.com.evil.test" fitted']],
  ['https://example\\.com$', ['https://example.com'], ['"https://evil.test/?https://example.com" fitted']],
  ['^https://example.com$', ['https://example.com'], ['"https://examplexcom" fitted']],
  ['^https://example\\.com/?$', ['https://example.com'], ['ends with a slash']],
  ['^https://Example\\.com$', ['https://example.com'], ['Upper case']],
  ['^https://.*\\.example\\.com$', ['https://*.example.com'], ['is any characters']],
  ['^https://.+\\.example\\.com$', ['https://*.example.com'], ['is any characters']],
  ['^https://[^/]+\\.example\\.com$', ['https://*.example.com'], ['goes over dots there']],
  ['^https://[a-z0-9.-]+\\.example\\.com$', ['https://*.example.com'], ['takes no "_"']],
  ['^https://[^.]+\\.example\\.com$', ['https://*.example.com'], ['covers one label there']],
  ['^https://[a-z0-9-]+\\.example\\.com$', ['https://*.example.com'], ['covers one label there', 'takes no "_"']],
  ['^https://[\\w-]{1,63}\\.example\\.com$', ['https://*.example.com'], ['covers one label there']],
  ['^https://[0-9]+\\.example\\.com$', ['https://*.example.com'], ['covers one label there', 'names the characters']],
  ['^https://[abc]\\.example\\.com$', ['https://*.example.com'], ['covers one label there', 'names the characters']],
  ['^https://[\\w-]{2}\\.example\\.com$', ['https://*.example.com'], ['covers one label there', 'names the characters']],
  ['^https://[^.a]+\\.example\\.com$', ['https://*.example.com'], ['covers one label there', 'names the characters']],
  ['^https://\\w\\.example\\.com$', ['https://*.example.com'], ['covers one label there', 'names the characters']],
  ['^https://[-.]\\.example\\.com$', ['https://*.example.com'], ['names the characters']],
  ['^https://[a-z.]+\\.example\\.com$', ['https://*.example.com'], ['names the characters']],
  ['^https://app-[\\w.-]+\\.example\\.com$', ['https://app-*.example.com'], ['goes over dots there']],
  ['^https://.{3}\\.example\\.com$', ['https://*.example.com'], ['is any characters', 'names the characters']],
  ['^https://([a-z]+\\.)+example\\.com$', ['https://*.example.com'], ['names the characters']],
  ['^https://([^./]+\\.)+example\\.com$', ['https://*.example.com'], []],
  ['^https://([a-z]+\\.|[^./]+\\.)+example\\.com$', ['https://*.example.com'], []],
  ['^https://([a-z0-9-]+\\.)*example\\.com$', ['https://example.com', 'https://*.example.com'], ['takes no "_"']],
  ['^https://(?:\\w+\\.)+example\\.com$', ['https://*.example.com'], ['names the characters']],
  ['^https://(\\w+\\.)?example\\.com$', ['https://example.com', 'https://*.example.com'], ['covers one label there', 'names the characters']],
  ['^https://app-.*\\.example\\.com$', ['https://app-.example.com', 'https://app-*.example.com'], ['is any characters']],
  ['^https://app-\\d+\\.example\\.com$', ['https://app-*.example.com'], ['names the characters']],
  ['^https://app\\d\\.example\\.com$', ['https://app*.example.com'], ['names the characters']],
  ['^https://(app|admin)\\.example\\.(com|org)$', ['https://app.example.com', 'https://app.example.org', 'https://admin.example.com', 'https://admin.example.org'], []],
  ['^http://localhost:(3000|5173)$', ['http://localhost:3000', 'http://localhost:5173'], []],
  ['^http://localhost:[0-9]+$', ['http://localhost:[*]'], ['wants a port']],
  ['^http://localhost(:[0-9]{1,5})?$', ['http://localhost', 'http://localhost:[*]'], []],
  ['^http://localhost(:[0-9]{2,5})?$', ['http://localhost', 'http://localhost:[*]'], ['how many digits']],
  ['^http://localhost(:[0-9]{4})?$', ['http://localhost', 'http://localhost:[*]'], ['how many digits']],
  ['^http://localhost(:[\\d])?$', ['http://localhost', 'http://localhost:[*]'], ['how many digits']],
  ['^http://localhost:\\d*$', ['http://localhost:[*]'], ['wants a port']],
  ['^https://example\\.com:443$', ['https://example.com'], ['write this origin otherwise']],
  ['^https://a.b\\.example$', ['https://a.b.example'], ['"https://axb.example" fitted']],
  ['^https?://127\\.0\\.0\\.1$', ['http://127.0.0.1', 'https://127.0.0.1'], []],
  ['^(https://a\\.example|http://b\\.localhost)$', ['https://a.example', 'http://b.localhost'], []],
  ['^https://a\\.example$|^https://b\\.example$', ['https://a.example', 'https://b.example'], []],
  ['^https://a\\.example|https://b\\.example$', ['https://a.example', 'https://b.example'],
    ['"https://evil.test/?https://b.example" fitted', '"https://a.example.evil.test" fitted']]
] as const
t.test('converts expressions whose meaning is certain, with every difference', async t => {
  for (const [expression, entries, words] of converted) {
    const { notes, unread } = importNginx(`map $http_origin $o { "~${expression}" 1; }`)
    t.strictSame(unread, [], expression)
    t.strictSame(notes[0]?.entries, entries, expression)
    t.equal(notes[0]?.differences.length, words.length, expression)
    for (const [index, word] of words.entries()) t.ok(notes[0]?.differences[index]?.includes(word), `${expression}: ${word}`)
  }
})

const refused = [
  ['\\.example\\.com$', 'it does not say the scheme; likely meant: https://example.com'],
  ['^(.*\\.)?example\\.com$', 'it does not say the scheme; likely meant: https://example.com'],
  ['^https://example\\.com.*$', 'the end of the host is open, so anybody\'s host fits; likely meant: https://example.com'],
  ['^https://.*$', 'the end of the host is open'],
  ['^https://a/b$', 'it is not scheme, host and port'],
  ['^.*://a$', 'it is not scheme, host and port'],
  ['^https://[^.]+.*\\.a\\.example$', 'two wildcards stand side by side'],
  ['^https://(a$', 'its brackets do not match'],
  ['^https://a)$', 'its brackets do not match'],
  ['^https://(?!evil)a$', '"?!evil)a$" is not understood'],
  ['^https://\\Da$', '"\\\\D" is not understood'],
  ['^https://\\Q', '"\\\\Q" is not understood'],
  ['^https://$', 'it is not scheme, host and port'],
  ['^https://\\*\\.a\\.example$', 'it is not scheme, host and port'],
  ['^https://.*+\\.a\\.example$', '"+\\\\.a\\\\.example$" is not understood'],
  ['^https://[\\Da]+\\.a\\.example$', '"[\\\\Da]" is not understood'],
  ['^https://[]a.]\\.example$', '"[]" is not understood'],
  ['^https://([a-z]+)+a\\.example$', '"+" repeats a group'],
  ['^https://([a-z]+x)+a\\.example$', '"+" repeats a group'],
  ['^https://([a-z]+\\.x)+a\\.example$', '"+" repeats a group'],
  ['^https://([a-z]+[a-z])+a\\.example$', '"+" repeats a group'],
  ['^https://([a-z.]+\\.)+a\\.example$', '"+" repeats a group'],
  ['^https://(|[a-z]+\\.)+a\\.example$', '"+" repeats a group'],
  ['^https://a\\.example:[1-9]$', 'it is not scheme, host and port'],
  ['^https://a\\.example$x$', '"$x$" is not understood'],
  ['^https://a\\.example|b$', 'it does not say the scheme'],
  ['^https://([a-z]+\\.|x)+a\\.example$', '"+" repeats a group'],
  ['^https://a+\\.example$', '"+" repeats "a"'],
  ['^https://.?a\\.example$', '".?" is not understood'],
  ['^https://(ab)+\\.example$', '"+" repeats a group'],
  ['^https://([a-z]\\.){2}a\\.example$', '"{2}" repeats a group'],
  ['^https://(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)$', 'it has more than 64 alternatives'],
  [`^https://(${'a|'.repeat(65)}b)$`, 'it has more than 64 alternatives'],
  [`^https://${'('.repeat(20)}a${')'.repeat(20)}$`, 'it is nested too deep'],
  [`^https://${'a'.repeat(2_000)}$`, 'it is longer than 2000 characters'],
  ['^https://\uE000\\.example$', 'it holds characters of private use']
] as const
t.test('says why an expression cannot be converted, and what was likely meant', async t => {
  for (const [expression, reason] of refused) {
    const { entries, unread } = importNginx(`map $http_origin $o {\n"~*${expression}" 1; }`)
    t.strictSame(entries, [], expression)
    t.equal(unread[0]?.line, 2)
    t.ok(unread[0]?.reason.startsWith(`cannot be converted, because ${reason.replaceAll('\\\\', '\\')}`), `${expression}: ${reason}`)
  }
})

const rows = [
  ['default $http_origin', 'the default lets in every origin that no other row names'],
  ['"~^https://bad\\.example\\.com$" ""', 'it takes origins away that other rows let in'],
  ['https://bad.example.com 0', 'it takes origins away that other rows let in'],
  ['include origins.map', 'cannot be read: it is no row of a pattern and a value'],
  ['https://a.example', 'cannot be read: it is no row of a pattern and a value'],
  ['https://a.example b c', 'cannot be read: it is no row of a pattern and a value'],
  ['https://*.com 1', '"https://*.com" cannot be an entry'],
  ['"~^https://.*example\\.com$" 1', '"https://*example.com" cannot be an entry: a dot is missing'],
  ['hostnames; .example.com 1', 'cannot be converted, because "hostnames" patterns are not made for text with a scheme; likely meant: https://example.com, https://*.example.com']
] as const
t.test('tells rows that no entry can stand for', async t => {
  for (const [row, reason] of rows) {
    const { unread } = importNginx(`map $http_origin $o { ${row}; }`)
    t.ok(unread.some(each => each.reason.startsWith(reason)), row)
  }
})

t.test('says that a text in a spelling of its own let nobody in', async t => {
  for (const source of ['map $http_origin $o { https://a.example:443 1; }', 'if ($http_origin = https://A.example) { return 200; }',
    'map $http_origin $o { ~*^https://A.example:443$ 1; }']) {
    const [note] = importNginx(source).notes
    t.strictSame(note?.entries, ['https://a.example'], source)
    t.ok(note?.differences.some(each => each.startsWith('Browsers write this origin otherwise')), source)
  }
  t.strictSame(importNginx('map $http_origin $o { https://A.example 1; ~*^https://B\\.example$ 1; }').notes.flatMap(({ differences }) => differences), [])
})

t.test('says that a slash at the end of a text let nobody in', async t => {
  t.match(importNginx('map $http_origin $o { https://a.example/ 1; }').notes, [{ entries: ['https://a.example'], differences: [/^A slash at the end/] }])
})

t.test('reads an if over $http_origin, and says that its block was not', async t => {
  const { entries, notes, unread } = importNginx(`
    if ($http_origin ~* "^https://a\\.example$") { set $cors 1; }
    if ($http_origin ~ ^https://b\\.example$) { return 200; }
    if ($http_origin !~* '^https://c\\.example$' ) { return 403; }
    if ($http_origin = https://d.example) { return 200; }
    if ($http_origin != "https://e.example") { return 403; }
    if ($http_origin = "") { return 200; }
    if ($http_origin) { return 200; }
    if ($http_origin ~ a b c d) { return 200; }
    if ($request_method = OPTIONS) { return 204; }
    if ($http_origin_other = 1) { return 204; }
    if ($http_origin ~ "open"`)
  t.strictSame(entries, ['a', 'b', 'c', 'd', 'e'].map(name => `https://${name}.example`))
  t.ok(notes.every(({ differences }) => differences.at(-1)?.startsWith('What the block of the "if" does was not read')))
  t.strictSame(unread.map(({ line }) => line), [8, 9, 12])
})

t.test('takes an if whose block refuses what fits for no entry', async t => {
  for (const block of ['return 403;', 'return 444;', 'deny all;', 'set $cors "";', 'set $cors 0;']) {
    for (const condition of ['= "https://evil.example"', '~ ^https://evil\\.example$']) {
      const { entries, unread } = importNginx(`if ($http_origin ${condition}) { ${block} }`)
      t.strictSame(entries, [], `${condition} ${block}`)
      t.match(unread, [{ line: 1, reason: /^its block refuses what fits/ }])
    }
    t.strictSame(importNginx(`if ($http_origin != "https://a.example") { ${block} }`).entries, ['https://a.example'])
  }
  for (const block of ['return 200;', 'set $cors 1;', 'set $cors', 'return', '']) {
    t.strictSame(importNginx(`if ($http_origin = https://a.example) { ${block}`).entries, ['https://a.example'], block)
  }
})

t.test('names answers that let everybody in, and variables that it does not know', async t => {
  const { entries, unread } = importNginx(`
    map "$uri:$http_origin" $b { "~^/a:https://x" 1; }
    map $http_origin $cors { https://a.example $http_origin; }
    add_header Access-Control-Allow-Origin $cors always;
    add_header access-control-allow-origin \${http_origin} always;
    if ("$request_method:$http_origin" ~ GET) { return 200; }
    if ($http_origin = https://b.example) {
      add_header Access-Control-Allow-Origin $http_origin;
      location / { set $kept $http_origin; }
    }
    location / { set $also $http_origin; set $one 1; }
    add_header Access-Control-Allow-Origin $kept;
    add_header Access-Control-Allow-Origin *;
    add_header Access-Control-Allow-Origin "$scheme://$host";
    add_header Access-Control-Allow-Origin "";
    add_header Access-Control-Allow-Origin https://c.example;
    add_header Vary Origin;`)
  t.strictSame(entries, ['https://a.example', 'https://b.example', 'https://c.example'])
  t.match(unread, [
    { line: 2, written: 'map $uri:$http_origin $b', reason: /looks at more than/ },
    { line: 5, reason: /lets everybody in/ },
    { line: 6, reason: /looks at more than/ },
    { line: 11, written: 'set $also $http_origin', reason: /lets everybody in/ },
    { line: 13, reason: /lets every site in, without cookies/ },
    { line: 14, reason: /only the running nginx knows/ }
  ])
  t.equal(unread.length, 6)
  for (const source of ['map', 'set', 'map $http_origin', 'if ("$http_origin"']) t.strictSame(importNginx(source).entries, [])
})

t.test('reads what nginx itself would not take', async t => {
  for (const source of ['map $http_origin $o {', 'map $http_origin', '"', "map $http_origin $o { 'x", 'map $http_origin $o { a\\', '"map" $http_origin $o { b c; }', '#', 'map $http_origin $o { "~"']) {
    t.strictSame(importNginx(source).entries, [], source)
  }
  const before = performance.now()
  for (const piece of ['"', '{', 'map $http_origin $o {', "'\\", '~^((((', 'if ($http_origin ']) importNginx(piece.repeat(Math.ceil(32_768 / piece.length)))
  t.ok(performance.now() - before < 5_000)
})
