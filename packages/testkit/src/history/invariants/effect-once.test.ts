import { expect, test } from 'vitest'
import { brokenIn, commit, finalOf, goodStory, handled } from '../story.ts'

test('a reaction that takes effect twice breaks I12', () => {
  const { history } = goodStory()
  expect(brokenIn({ history: [...history, commit('books-2', handled(5))], final: finalOf(1, 2, 4, 5, 5) })).toEqual(['I12'])
})

test('a row that is there twice breaks I12', () => {
  expect(brokenIn({ ...goodStory(), final: finalOf(1, 2, 4, 5, 5) })).toEqual(['I12'])
})

test('a row that is missing breaks I12', () => {
  expect(brokenIn({ ...goodStory(), final: finalOf(1, 2, 4) })).toEqual(['I12'])
})

test('a row of an event that was given up breaks I12', () => {
  expect(brokenIn({ ...goodStory(), final: finalOf(1, 2, 3, 4, 5) })).toEqual(['I12'])
})

test('a reaction that runs again in a replay may have its effect again', () => {
  const { history, final } = goodStory()
  expect(brokenIn({ history: [...history, commit('books-2', { ...handled(5), replay: true } as never)], final })).toEqual([])
})
