/**
 * A message of `bytes` bytes that no other sender and no other turn has, so that a lost, doubled, altered or
 * misled one is seen. At least 24 bytes.
 */
export function numberedMessage (bytes: number, sender: number, turn: number): Buffer {
  return Buffer.from(`${sender}:${turn}:`.padEnd(bytes, 'gatehouse '))
}
