/** The page that all load comes from; on every peer's list. */
export const PAGE_ORIGIN = 'https://app.example.com'

/** The entries of the list, of every kind that a team would have. */
export const ALLOWED_ORIGINS = [
  PAGE_ORIGIN, 'https://admin.example.com', 'https://*.preview.example.com', 'http://localhost:[3000,5173]'
]

/** What a browser sends with each request to another site, cookies and fetch metadata included. */
export const BROWSER_HEADERS: Readonly<Record<string, string>> = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  Accept: '*/*',
  'Accept-Language': 'en-GB,en;q=0.9,ko;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  Origin: PAGE_ORIGIN,
  Referer: `${PAGE_ORIGIN}/`,
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'same-site',
  'Sec-Fetch-Dest': 'empty',
  Cookie: 'theme=dark; consent=1; sid=f3c1b0a2d4e5968778695a4b3c2d1e0f'
}
