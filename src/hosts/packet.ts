/** Writes a message as Erlang's `{packet, 4}`: after its length in four bytes (erlang:open_port/2). */
export const packet = (body: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}
