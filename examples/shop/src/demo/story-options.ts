import type { Purchase } from './read-purchases.ts'
import type { Screen } from './screen.ts'
import type { ShopPlace } from './service-process.ts'

/** What the story needs. */
export interface StoryOptions {
  readonly purchases: readonly Purchase[]
  /** Billing is killed when this many orders were taken. */
  readonly killAfter: number
  readonly place: ShopPlace
  /** A shell command that is run before the comparison, told where the stores are. */
  readonly beforeCompare?: string
  readonly screen: Screen
  readonly signal: AbortSignal
}
