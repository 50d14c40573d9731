/** What the demo prints: where to look, in a few lines. `pages` are the allowed and the blocked page. */
export function describeStart (gateway: string, pages: readonly string[]): string {
  const [allowed, blocked] = pages
  return `
  Gatehouse demo: two chat-services behind one gateway
    gateway       ${gateway}
    on the list   ${allowed}   open it twice and chat
    not on it     ${blocked}   the same page, blocked
  Set STOMP_UPSTREAMS and ALLOWED_ORIGINS to put it in front of your own. Ctrl+C ends it.

`
}
