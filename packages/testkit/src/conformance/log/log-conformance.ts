import { allOrNone } from './all-or-none.ts'
import { anyHistory } from './any-history.ts'
import { content } from './content.ts'
import { doorbell } from './doorbell.ts'
import { lifetime } from './lifetime.ts'
import { limits } from './limits.ts'
import type { LogCase } from './log-trial.ts'
import { order } from './order.ts'
import { reading } from './reading.ts'
import { repeats } from './repeats.ts'

/** What every log adapter promises. Run each case whose `requires` the log's capabilities fulfil. */
export const logConformance: readonly LogCase[] = [
  ...order,
  ...allOrNone,
  ...repeats,
  ...reading,
  ...content,
  ...limits,
  ...doorbell,
  ...lifetime,
  ...anyHistory,
]
