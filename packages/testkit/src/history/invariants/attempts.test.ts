import { expect, test } from 'vitest'
import { brokenIn, checkpoint, commit, commits, delivered, failed, goodStory, handled, tried, waits, withRecord } from '../story.ts'

const isTried = commits((change) => change.kind === 'attempts')
const isParked = commits((change) => change.kind === 'parked')

test('attempts that are forgotten break I11', () => {
  expect(brokenIn(withRecord(isTried, commit('books-1', tried(1, 2)), commit('books-1', tried(1, 1))))).toEqual(['I11'])
})

test('more attempts than are allowed break I11', () => {
  expect(brokenIn(withRecord(isTried, commit('books-1', tried(1, 3))))).toEqual(['I11'])
})

test('an event that is parked before its last attempt breaks I11', () => {
  expect(brokenIn(withRecord(isParked, commit('books-1', waits('parked', 1, 1), checkpoint(1, 1))))).toEqual(['I11'])
})

test('a parked event that is handled without a redrive breaks I11', () => {
  const { history, final } = goodStory()
  const at = history.findIndex(isParked) + 1
  const handledAnyway = [delivered('books-1', 1), commit('books-1', handled(1))]
  expect(brokenIn({ history: [...history.slice(0, at), ...handledAnyway, ...history.slice(at)], final })).toContain('I11')
})

test('an event that is parked after it was handled breaks I11', () => {
  const isLast = commits((change) => change.kind === 'handled' && change.position === 5)
  const twice = [commit('books-2', handled(5)), commit('books-2', waits('held', 4), waits('parked', 5, 2), checkpoint(5, 2))]
  expect(brokenIn(withRecord(isLast, ...twice))).toContain('I11')
})

test('an event that fails more often than it may, whatever the ledger says, breaks I11', () => {
  const again = [1, 2, 3].flatMap(() => [delivered('books-1', 1), failed('books-1', 1)])
  expect(brokenIn(withRecord(isTried, ...again))).toEqual(['I11'])
})
