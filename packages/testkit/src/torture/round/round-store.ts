import type { EventLog } from '@tidings/core'
import type { RoundRows } from '../check/round-rows.ts'
import type { StorePoint } from '../worker/fault-switch.ts'
import type { Place } from '../worker/open-store.ts'
import type { Tally } from './tally.ts'

/** A kind of store that rounds are run on. */
export interface StoreKind {
  readonly name: string
  /** Where its own writes can be cut short, beside the points around the ports. */
  readonly points: readonly StorePoint[]
  /** How long a process may take to come to a point, in milliseconds; one that stands by never does. */
  readonly mostWaitMs: number
  /** For how long processes are stopped, in milliseconds: past every time-out that there is. */
  readonly stops: readonly number[]
  /**
   * Makes the log and the databases of one round.
   *
   * @param next The round's source of numbers in [0, 1): which faults there will be depends on nothing else.
   */
  create(directory: string, next: () => number): Promise<RoundStore>
}

/** What is done to the processes of a round. */
export interface ProcessFaults {
  /** They are killed, at named points and at random. */
  readonly kills: boolean
  /** They are stopped and let go on, at named points and at random. */
  readonly stops: boolean
}

/** The log and the databases of one round, as the harness sees them. */
export interface RoundStore extends AsyncDisposable {
  readonly faults: ProcessFaults
  /** Whether all processes are started anew once the faults are over; or those that have lived through them go on. */
  readonly startsAnew: boolean
  /** Where its processes find it. */
  placeOf(): Place
  /**
   * Brings on faults of its own; resolves when they are over and all is well.
   *
   * @returns What does not hold, whatever the processes make of it.
   */
  disturb(tally: Tally): Promise<readonly string[]>
  /** The log as its readers have it. */
  openLog(): EventLog
  /** What it holds, read with nothing but the database's own driver. */
  rows(): Promise<RoundRows>
}
