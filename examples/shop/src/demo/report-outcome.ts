import { createSystem } from '@tidings/event-store'
import * as z from 'zod'
import { shopServices } from '../shop.ts'
import { ask } from './ask.ts'
import { countEvents } from './count-events.ts'
import type { Expected } from './expected.ts'
import { columns, number, seconds } from './format.ts'
import { monthChart } from './month-chart.ts'
import type { Screen } from './screen.ts'
import { originOf, type ShopPlace } from './service-process.ts'

/** What is told at the end. */
export interface Outcome {
  readonly expected: Expected
  readonly place: ShopPlace
  /** How often an order was sent again. */
  readonly repeats: number
  /** How long billing was away, in milliseconds. */
  readonly awayMs: number
  /** How many events billing says it missed; undefined where it did not say. */
  readonly missed: number | undefined
  /** From billing's new start until it was ready, in milliseconds. */
  readonly catchUpMs: number
  readonly tookMs: number
  readonly signal: AbortSignal
}

const months = z.array(z.object({ month: z.string(), orders: z.int(), totalCents: z.int() }))

/** Revenue by month, the service map, what happened in numbers, and where to read on. */
export async function reportOutcome(screen: Screen, outcome: Outcome): Promise<void> {
  const { place, signal } = outcome
  screen.step(7, 'What came of it')

  screen.heading('Revenue by month')
  for (const line of monthChart(await ask(`${originOf('insights', place)}/insights/months`, months, signal))) screen.line(line)

  screen.heading('Who emits, reacts, calls and copies')
  const system = createSystem({ services: Object.values(shopServices(place)), directory: place.directory })
  for (const line of system.map().toString().split('\n')) screen.line(line)

  screen.heading('In numbers')
  for (const line of columns(numbersOf(outcome, await countEvents(place)))) screen.line(line)

  screen.heading('Read on')
  for (const line of columns([
    ['examples/shop/README.md', 'what you just saw, and how to try it by hand'],
    ['examples/shop/src/services/billing/billing-service.ts', 'the service that was killed'],
    ['README.md', 'what Tidings promises and what it does not'],
  ])) {
    screen.line(line)
  }
}

function numbersOf(
  { expected, repeats, awayMs, missed, catchUpMs, tookMs }: Outcome,
  events: ReadonlyMap<string, number>,
): (string | number)[][] {
  const all = [...events.values()].reduce((sum, count) => sum + count, 0)
  return [
    [all, `events in the log, about ${number(expected.customers)} customers:`],
    ...[...events].map(([type, count]) => [count, `  ${type}`]),
    ...(missed === undefined
      ? []
      : [[missed, `missed by billing, away for ${seconds(awayMs)}, ready ${seconds(catchUpMs)} after its new start`]]),
    [repeats, 'requests sent again'],
    [seconds(tookMs).padStart(number(all).length), 'in all'],
  ]
}
