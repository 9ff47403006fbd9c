import { expect, test } from 'vitest'
import { brokenIn, type Story } from '../story.ts'
import { writersOrder } from './writers-order.ts'

const own = { at: 0, process: 'shop-1' }

function appends(...order: readonly { readonly id: string; readonly position: number; readonly outcome?: 'ok' | 'unknown' }[]): Story {
  const history = order.flatMap(({ id, position, outcome = 'ok' }) => [
    { ...own, kind: 'append', ids: [id] } as const,
    { ...own, kind: 'appended', ids: [id], outcome, positions: [position] } as const,
  ])
  return { history, final: { events: [], consumers: [], staged: [], unfinished: [] } }
}

const verdictsOn = ({ history, final }: Story) => writersOrder(history, { events: [] } as never, final)

test('an event appended after another was acknowledged, and standing before it, breaks I5', () => {
  expect(brokenIn(appends({ id: 'a', position: 2 }, { id: 'b', position: 1 }))).toContain('I5')
})

test('a repeated append gets the position of its first one', () => {
  expect(verdictsOn(appends({ id: 'a', position: 1 }, { id: 'b', position: 2 }, { id: 'a', position: 1 }))).toEqual([])
})

test('an append whose outcome nobody knew binds nobody', () => {
  expect(verdictsOn(appends({ id: 'a', position: 2, outcome: 'unknown' }, { id: 'b', position: 1 }))).toEqual([])
})
