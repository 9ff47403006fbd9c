import type { Transport } from '@tidings/core'

/** How the cases get at the transport that they judge. */
export interface TransportSubject {
  /** A transport on a medium that carries nothing else. */
  open(): Promise<Transport>
  /** Another end of the same medium, as another process has it; the same object where a medium has one end only. */
  join(transport: Transport): Promise<Transport>
  /** After how long something that does not happen counts as never happening, in milliseconds. @default 10_000 */
  readonly patienceMs?: number
}
