import { expect, test } from 'vitest'
import { checkHistory } from '../check-history.ts'
import { brokenIn, checkpoint, commit, commits, events, finalOf, goodStory, waits, withRecord } from '../story.ts'

test('an acknowledged event that is not in the log breaks I1', () => {
  const final = finalOf(1, 2, 4, 5)
  expect(brokenIn({ ...goodStory(), final: { ...final, events: events.slice(0, 4) } })).toContain('I1')
})

test('an event that a consumer never handled breaks I1, and the verdict tells which part of the writer is missing', () => {
  const isLast = commits((change) => change.kind === 'handled' && change.position === 5)
  const { history, final } = withRecord(isLast, commit('books-2', waits('held', 4), checkpoint(5, 2)))
  const lost = checkHistory(history, final).find(({ invariant }) => invariant === 'I1')
  expect(lost?.what).toBe('books never handled shop.sold e5 (key b, position 5), in the end of what shop wrote')
})

test('an event that is still parked in the end is not lost', () => {
  const story = withRecord(commits((change) => change.kind === 'handled' && change.position === 4))
  const final = finalOf(1, 2, 5)
  const waiting = final.consumers.map((consumer) => ({ ...consumer, waiting: ['e4'] }))
  expect(brokenIn({ ...story, final: { ...final, consumers: waiting } })).toEqual([])
})

test('an event that was handled and never acknowledged is fine', () => {
  const story = withRecord((record) => record.kind === 'appended', {
    kind: 'appended',
    at: 0,
    process: 'shop-1',
    ids: ['e1'],
    outcome: 'unknown',
    positions: [1],
  })
  expect(brokenIn(story)).toEqual([])
})
