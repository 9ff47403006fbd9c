import { expect, test } from 'vitest'
import { brokenIn, commit, commits, delivered, goodStory, handled, released, withRecord } from '../story.ts'

test('events of one key that take effect out of order break I10', () => {
  const { history, final } = goodStory()
  const isFirst = commits((change) => change.kind === 'handled' && change.position === 1)
  const isLast = commits((change) => change.kind === 'handled' && change.position === 4)
  const [first, last] = [history.findIndex(isFirst), history.findIndex(isLast)]
  const swapped = history.map((record, i) => (i === first ? history[last] : i === last ? history[first] : record) ?? record)
  expect(brokenIn({ history: swapped, final })).toContain('I10')
})

test('an event that starts while an earlier one of its key is parked breaks I10', () => {
  const isTakeOver = (record: { readonly kind: string; readonly process: string }) => record.process === 'books-2'
  expect(
    brokenIn(
      withRecord(isTakeOver, commit('books-2', { kind: 'lease', consumer: 'books', epoch: 2, isHeld: true }), delivered('books-2', 4)),
    ),
  ).toContain('I10')
})

test('an event that starts after the failure of an earlier one of its key breaks I10', () => {
  const { history, final } = goodStory()
  const isTried = commits((change) => change.kind === 'attempts')
  const at = history.findIndex(isTried)
  expect(brokenIn({ history: [...history.slice(0, at), delivered('books-1', 3), ...history.slice(at)], final })).toContain('I10')
})

test('a key waits for no other key', () => {
  expect(brokenIn(goodStory())).toEqual([])
})

test('a redrive that skips an earlier held event breaks I10', () => {
  const isDiscard = commits((change) => change.kind === 'discarded')
  const { history, final } = withRecord(isDiscard)
  const late = [delivered('books-2', 3), commit('books-2', handled(3), released(3))]
  const effects = final.consumers.map((one) => ({ ...one, effects: [...one.effects, { handler: 'shop.sold', id: 'e3' }] }))
  expect(brokenIn({ history: [...history, ...late], final: { ...final, consumers: effects } })).toEqual(['I10'])
})
