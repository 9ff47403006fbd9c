import { addressBook } from './address-book.ts'
import type { ProcessName } from './shop.ts'

/** What runs in this process, and where. */
export interface Announced {
  readonly name: ProcessName
  readonly port: number
  readonly directory: string
  /** What is said behind the address once it runs. */
  readonly note: string
}

/** Runs until its work has ended: by a signal, or when `until` says that the process which started this one is gone. */
export type Run = (options: { readonly until: AbortSignal; readonly onStarted: () => void }) => Promise<void>

/** Says where something answers, and runs it until it is told to stop. */
export async function runAnnounced({ name, port, directory, note }: Announced, run: Run): Promise<void> {
  const disconnected = new AbortController()
  // The demo holds a channel to each process that it starts.
  if (process.connected) process.once('disconnect', () => disconnected.abort())

  // Before it answers: others then wait for it, and never ask whoever has its usual port.
  const takeBack = addressBook(directory).announce(name, `http://127.0.0.1:${port}`)
  let isStarted = false
  const onStarted = (): void => {
    isStarted = true
    console.log(`${name} answers at http://127.0.0.1:${port}, ${note}`)
  }
  try {
    await run({ until: disconnected.signal, onStarted })
  } catch (error) {
    // An instance that answers elsewhere, or the service that has this port, is not to be mistaken for this one.
    if (!isStarted) takeBack()
    throw error
  }
  // An open channel would keep this process alive.
  process.disconnect?.()
}
