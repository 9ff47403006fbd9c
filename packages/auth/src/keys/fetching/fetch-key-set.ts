import { KeyFetchFailed } from '../../errors/key-errors.ts'

const maxBytes = 262_144

/**
 * Fetches a key set as JSON. Follows no redirect and reads at most 256 KiB.
 *
 * @param signal Ends the wait.
 * @throws {KeyFetchFailed}
 */
export async function fetchKeySet(url: string | URL, signal: AbortSignal): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
  } catch (cause) {
    throw new KeyFetchFailed({ fault: 'its endpoint is out of reach', cause })
  }
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new KeyFetchFailed({ fault: `its endpoint answered ${response.status}` })
  }
  const text = await readText(response)
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new KeyFetchFailed({ fault: 'its endpoint answered something else than JSON', cause })
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) break
      text += decoder.decode(chunk, { stream: true })
    }
  } catch (cause) {
    throw new KeyFetchFailed({ fault: 'its endpoint broke off its answer', cause })
  }
  if (bytes > maxBytes) throw new KeyFetchFailed({ fault: `its endpoint answered more than ${maxBytes} bytes` })
  return text + decoder.decode()
}
