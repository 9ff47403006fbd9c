// Opens connections, says how many stand, and then how many the other side has closed.
import { connect } from 'node:net'

const [, , port, text] = process.argv
const count = Number(text)
/** More at once would fill the queue in which the system keeps them until they are accepted. */
const atOnce = 100
let begun = 0
let opened = 0
let closed = 0

function open(): void {
  if (begun++ >= count) return
  const socket = connect(Number(port), '127.0.0.1', () => {
    if (++opened === count) process.send?.(opened)
    open()
  })
  socket.resume()
  // A refusal that arrives after the connection is closed comes back as a reset.
  socket.on('error', () => {})
  socket.on('close', () => {
    if (++closed === count) process.send?.(closed)
  })
}

for (let i = 0; i < atOnce; i++) open()
