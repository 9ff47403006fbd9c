import { expect, test } from 'vitest'
import { brokenIn, checkpoint, commit, commits, delivered, goodStory, handled, tried, waits, withRecord } from '../story.ts'

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
  const { history, final } = goodStory()
  expect(brokenIn({ history: [...history, commit('books-2', waits('parked', 5, 2))], final })).toContain('I11')
})
