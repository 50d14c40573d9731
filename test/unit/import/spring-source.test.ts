import t from 'tap'
import { importSpringSource } from '../../../src/import/spring-source.js'

t.test('reads the calls of a Java configuration, with their lines', async t => {
  const { entries, notes, unread } = importSpringSource(`
@Configuration
public class StompConfig implements WebSocketMessageBrokerConfigurer {
  // registry.addEndpoint("/old").setAllowedOriginPatterns("https://old.invalid");
  /* .setAllowedOrigins("https://older.invalid") */
  private static final String NOTE = ".setAllowedOrigins(\\"https://quoted.invalid\\")";

  @Override
  public void registerStompEndpoints(StompEndpointRegistry registry) {
    registry.addEndpoint("/ws-stomp")
      .setAllowedOriginPatterns("https://*.fittrip.site", "http://localhost:[3000,5173]")
      .withSockJS();
  }

  public void addCorsMappings(CorsRegistry registry) {
    registry.addMapping("/**").allowedOrigins("https://a." + "example.com", "https://b.example.com");
    CorsConfiguration configuration = new CorsConfiguration();
    configuration.setAllowedOrigins(java.util.List.of("https://c.example.com", ("https://d.example.com")));
    configuration.setAllowedOriginPatterns(new ArrayList<String>(Arrays.asList("https://e.example.com")));
    configuration.setAllowedOriginPatterns(Collections.singletonList("https://f.example.com,https://g.example.com:[1,2]"));
    configuration.setAllowedOriginPatterns(new String[] { "https://h.example.com", });
    configuration.addAllowedOrigin("https://\\u0069.example.com");
    configuration.addAllowedOriginPattern("""
        https://j.example.com
        """);
    configuration.setAllowedOrigins(null);
    configuration.addAllowedOriginPattern(CorsConfiguration.ALL);
    configuration.getAllowedOrigins();
  }
}
`)
  t.strictSame(unread, [])
  t.strictSame(entries, ['https://*.fittrip.site', 'http://localhost:[3000,5173]',
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map(name => `https://${name}.example.com${name === 'g' ? ':[1,2]' : ''}`), '*'])
  t.match(notes[0], { line: 11, written: '"https://*.fittrip.site"', entries: ['https://*.fittrip.site'], warnings: [] })
  t.match(notes[2], { line: 16, written: '"https://a." + "example.com"', entries: ['https://a.example.com'] })
})

t.test('reads Kotlin calls, properties and raw strings', async t => {
  const { entries, unread } = importSpringSource(`
    fun cors() = CorsConfiguration().apply {
      allowedOriginPatterns = listOf("https://*.a.example", """https://b.example""")
      allowCredentials = true
      allowedOrigins =
        mutableListOf(
          "https://c.example"
        ) 
      setAllowedOrigins(listOf(*arrayOf("https://d.example")))
    }
    if (configuration.allowedOrigins == null) return configuration.setAllowedOrigins(listOf("https://e." +
      "example"))
    registry.run { allowedOrigins = listOf("https://f.example") }
  `)
  t.strictSame(unread, [])
  t.strictSame(entries, ['https://*.a.example', ...['b', 'c', 'd', 'e', 'f'].map(name => `https://${name}.example`)])
})

t.test('reads what is added to a list, and names what is handed to a method by reference', async t => {
  const { entries, unread } = importSpringSource(`
    allowedOrigins += "https://a.example"
    config.allowedOriginPatterns += listOf("https://*.b.example")
    allowedOrigins?.add("https://c.example"); allowedOrigins!!.add("https://d.example")
    c.getAllowedOrigins().addAll(List.of("https://e.example", OTHER));
    origins.forEach(config::addAllowedOrigin);
    allowedOrigins.size()
    ::addAllowedOrigin`)
  t.strictSame(entries, ['https://a.example', 'https://*.b.example', 'https://c.example', 'https://d.example', 'https://e.example'])
  t.match(unread, [{ line: 5, written: 'OTHER' }, { line: 6, written: 'config::addAllowedOrigin' }, { line: 8, written: ') ::addAllowedOrigin' }])
  t.match(importSpringSource('::addAllowedOrigin').unread, [{ written: '::addAllowedOrigin' }])
})

t.test('reads the origins of @CrossOrigin, whatever its other attributes', async t => {
  const { entries, unread } = importSpringSource(`
    import org.springframework.web.bind.annotation.CrossOrigin;
    @CrossOrigin("https://a.example") class A {}
    @CrossOrigin(origins = {"https://b.example", "https://c.example"}, maxAge = 3600) class B {}
    @org.springframework.web.bind.annotation.CrossOrigin(originPatterns = "https://*.d.example", allowCredentials = "true")
    @CrossOrigin(value = ["https://e.example"])
  `)
  t.strictSame(unread, [])
  t.strictSame(entries, ['https://a.example', 'https://b.example', 'https://c.example', 'https://*.d.example', 'https://e.example'])
})

t.test('says that @CrossOrigin without origins lets every site in', async t => {
  const { entries, unread } = importSpringSource('@CrossOrigin\nclass A {}\n@CrossOrigin(maxAge = 1) class B {}\n@CrossOrigin()')
  t.strictSame(entries, [])
  t.strictSame(unread.map(({ line, written }) => [line, written]), [
    [1, '@CrossOrigin'], [3, '@CrossOrigin(maxAge = 1)'], [4, '@CrossOrigin()']
  ])
  t.match(unread[0]?.reason, /lets every site in, without cookies/)
})

const unreadable = [
  ['c.setAllowedOrigins(properties.getOrigins())', 'properties.getOrigins()', /only the running program knows/],
  ['c.setAllowedOrigins(List.of(ORIGIN, "https://a.example"))', 'ORIGIN', /only the running program knows/],
  ['c.setAllowedOrigins(List.of("https://" + host))', '"https://" + host', /only the running program knows/],
  ['c.setAllowedOrigins("a" "b")', '"a" "b"', /only the running program knows/],
  ['c.setAllowedOrigins("https://a.example" + )', '"https://a.example" +', /only the running program knows/],
  ['c.setAllowedOrigins(origins.toArray(new String[0]))', 'origins.toArray(new String[0])', /only the running program knows/],
  ['c.setAllowedOrigins(List.of("https://a.example").get(0))', 'List.of("https://a.example").get(0)', /only the running/],
  ['@CrossOrigin("$' + '{cors.origin}")', '"$' + '{cors.origin}"', /it holds a placeholder/],
  ['c.setAllowedOrigins("https://$host.example")', '"https://$host.example"', /it holds a placeholder/],
  ['c.setAllowedOrigins("""https://$host""")', '"""https://$host"""', /it holds a placeholder/],
  ['c.setAllowedOrigins("""https://', '"""https://', /it holds a placeholder/],
  [`c.setAllowedOrigins(${'('.repeat(40)}"x"${')'.repeat(40)})`, '((((', /only the running program knows/],
  ['c.setAllowedOrigins("https://*.a.example")', '"https://*.a.example"', /let nobody in. Likely meant, as an origin pattern: https:\/\/\*\.a\.example/],
  ['c.setAllowedOriginPatterns("https://*.com")', '"https://*.com"', /"https:\/\/\*\.com" cannot be an entry: anyone can/],
  ['c.setAllowedOriginPatterns("*.a.example")', '"*.a.example"', /cannot be an entry: it has no scheme/]
] as const
t.test('tells what cannot be read, and why', async t => {
  for (const [source, written, reason] of unreadable) {
    const { unread } = importSpringSource(`\n${source}`)
    t.match(unread, [{ line: 2, reason }], source)
    t.ok(unread[0]?.written.startsWith(written), source)
  }
})

t.test('takes declarations and look-alikes for no lists', async t => {
  const { notes, unread } = importSpringSource(`
    public void setAllowedOrigins(List<String> origins) { this.allowedOrigins = origins }
    private List<String> allowedOrigins = List.of();
    private String[] allowedOrigins = {};
    String setAllowedOrigins = "x", y = 'a' + '\\'' + 10.5f;
    if (this.allowedOrigins == other.allowedOrigins) setAllowedOrigins;
    registry.allowedOrigins();
    class CrossOrigin {}
  `)
  t.strictSame(notes, [])
  t.strictSame(unread.map(({ written }) => written), ['origins'])
})

t.test('cuts what it quotes', async t => {
  const { unread } = importSpringSource(`x.setAllowedOrigins(${'a'.repeat(500)}`)
  t.equal(unread[0]?.written, `${'a'.repeat(200)}…`)
})

/** Entry, list, and a word of each difference in its order. */
const differences = [
  ['https://*.example.com', 'Patterns', ['any characters', 'may be nothing', 'slash at the end', 'upper and lower case', 'written out']],
  ['https://app-*.example.com', 'Patterns', ['any characters', 'may be nothing', 'crosses dots', 'slash', 'upper and lower', 'written out']],
  ['https://app.example.com:8443', 'Patterns', ['slash at the end', 'upper and lower case']],
  ['https://App.example.com', 'Patterns', ['slash', 'let no browser in', 'upper and lower', 'written out']],
  ['https://app.example.com:443', 'Patterns', ['slash', 'let no browser in', 'port must be there', 'upper and lower']],
  ['https://app.example.com:[443,8443]', 'Patterns', ['slash', 'port must be there', 'upper and lower']],
  ['http://localhost:*', 'Patterns', ['takes any digits', 'slash', 'port must be there', 'upper and lower']],
  ['http://localhost:[*]', 'Patterns', ['takes any digits', 'slash', 'upper and lower']],
  ['https://bücher.example', 'Patterns', ['slash', 'let no browser in', 'upper and lower', 'written out']],
  ['*', 'Patterns', ['covers "null"', 'covers any text']],
  ['https://App.example.com', 's', ['slash', 'written out']],
  ['*', 's', ['covers "null"', 'covers any text', 'goes without cookies']],
  ['null', 's', ['slash']]
] as const
t.test('tells every difference between an entry here and there', async t => {
  for (const [entry, list, words] of differences) {
    const call = list === 's' ? 'setAllowedOrigins' : 'setAllowedOriginPatterns'
    const { notes } = importSpringSource(`c.${call}("${entry}")`)
    const told = notes[0]?.differences ?? []
    t.equal(told.length, words.length, `${entry}: ${told.join(' | ')}`)
    for (const [index, word] of words.entries()) t.ok(told[index]?.includes(word), `${entry}: ${word}`)
  }
})

t.test('passes on what the linter says, and mends spellings without a word', async t => {
  const { entries, notes } = importSpringSource('c.setAllowedOriginPatterns("HTTP://App.example.com/", "http://app.example.com")')
  t.strictSame(entries, ['http://app.example.com'])
  t.match(notes[0]?.warnings, [/^"http:\/\/app\.example\.com": whoever is on the network path/])
})

t.test('tells what a list is bound to in Spring and not here', async t => {
  const told = (source: string) => {
    const { notes } = importSpringSource(`${source}\nc.setAllowedOriginPatterns("https://a.example")`)
    return notes.at(-1)?.differences.filter(each => !/slash|upper and lower|written out/.test(each))
  }
  t.strictSame(told(''), [])
  t.strictSame(told('registry.addMapping("/**").allowCredentials(true).allowedMethods("*")'), [])
  t.strictSame(told('import a.CrossOrigin;\n@CrossOrigin(origins = "https://b.example", allowCredentials = "true") CorsConfiguration c;'), [])
  t.match(told('registry.addMapping("/public/**").allowCredentials(true)'), [/alone \(\/public\/\*\*\)/])
  t.match(told('s.registerCorsConfiguration("/**", c); s.registerCorsConfiguration(PATH, d)'), [/alone \(\/\*\*, PATH\)/])
  t.match(told('s.registerCorsConfiguration(path, c)'), [/alone \(no literal\)/])
  t.match(told('s.registerCorsConfiguration("$' + '{path}", c)'), [/alone \(no literal\)/])
  t.strictSame(told('s.addMapping()\ns.addMapping;'), [/without cookies/].length === 1 ? told('s.addMapping()') : [])
  for (const source of ['new CorsConfiguration()', 'a = CorsConfiguration(); a.allowCredentials = false', 'new CorsConfiguration(); new CorsConfiguration(); c.setAllowCredentials(true)']) {
    t.match(told(source), [/^In Spring a list goes without cookies/], source)
  }
  t.match(told('c.setAllowedMethods(List.of("GET", HttpMethod.POST.name()))'), [/methods that are listed \(GET, POST\)/])
  t.match(told('c.allowedMethods = methods()'), [/methods that are listed \(some\)/])
  t.match(told('@Profile({"dev", "test"}) class A {}'), [/holds only where dev, test is active/])
})

t.test('reads hostile source in time that grows with its length alone', async t => {
  for (const piece of ['allowedMethods((', 'addMapping(', '"""', '/*', '"\\', '@CrossOrigin(', 'x.allowedOrigins((', 'allowedOrigins = a\n', "'\\", '"https://a.example",']) {
    const before = performance.now()
    importSpringSource(piece.repeat(Math.ceil(32_768 / piece.length)))
    const elapsed = performance.now() - before
    t.ok(elapsed < 3_000, `${piece} took ${elapsed} ms`)
  }
})
