import { Agent } from 'undici'
import { question } from './catalogue.ts'

/** Asks an operation as a program does that knows its address and nothing else. */
export function bareCalls(url: string, operation: string): { call(): Promise<unknown>; close(): Promise<void> } {
  const agent = new Agent({ connections: null, pipelining: 1, connect: { timeout: 60_000 } })
  const headers = { 'content-type': 'application/json', 'tidings-timeout-ms': '10000' }
  return {
    call: async () => {
      const response = await agent.request({
        origin: url,
        path: `/catalogue/${operation}`,
        method: 'POST',
        headers,
        body: JSON.stringify(question),
      })
      const text = await response.body.text()
      if (response.statusCode !== 200) throw new Error(`The catalogue answered ${response.statusCode}: ${text.slice(0, 200)}`)
      return JSON.parse(text)
    },
    close: () => agent.close(),
  }
}
