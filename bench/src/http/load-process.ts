// A process of its own that asks as fast as it is answered. At a line `{ url, body, connections, seconds }` as JSON prints the
// requests answered per second; an answer that is none of success ends it.
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'

process.stdout.write('ready\n')
for await (const line of createInterface(process.stdin)) {
  const { url, body, connections, seconds } = JSON.parse(line) as { url: string; body: string; connections: number; seconds: number }
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections,
    duration: seconds,
  })
  if (result.errors + result.non2xx + result.timeouts > 0) throw new Error(`${result.errors} errors, ${result.non2xx} refusals.`)
  process.stdout.write(`${result.requests.total / result.duration}\n`)
}
