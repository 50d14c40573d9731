/**
 * What `GET …/info` answers: SockJS' own, with an entropy that stays, so that the load can check every
 * byte.
 */
export const INFO_BODY = '{"entropy":1717986918,"origins":["*:*"],"cookie_needed":true,"websocket":true}'
