import { headerBytes, headerValues, isFramedPlainly, MAX_HEAD_BYTES, type RawHeaders } from './headers.js'

/** A request's head as the parser hands it over. */
export interface RequestHead {
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  readonly rawHeaders: RawHeaders
}

/** Whether the head is over 16 KiB, counted as it stood on the wire; `url` is the request target as sent. */
export function isHeadTooLarge (url: string, rawHeaders: RawHeaders): boolean {
  return url.length + headerBytes(rawHeaders) > MAX_HEAD_BYTES
}

/**
 * Why two readers could see the end of this message in different places, or undefined: what Node's parser
 * lets through although others read it differently (RFC 9112 §6.1, §6.3).
 */
export function findFramingFault (head: RequestHead): string | undefined {
  const { httpVersionMajor, httpVersionMinor, rawHeaders } = head
  if (httpVersionMajor !== 1) return 'the version must be HTTP/1.1 or HTTP/1.0'
  if (headerValues(rawHeaders, 'transfer-encoding').length === 0) return undefined
  if (httpVersionMinor === 0) return 'HTTP/1.0 knows no Transfer-Encoding'
  return isFramedPlainly(rawHeaders) ? undefined : "Transfer-Encoding must be 'chunked' alone"
}
