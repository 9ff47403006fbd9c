import { expect, test } from 'vitest'
import { brokenIn, checkpoint, commit, delivered, finalOf, handled, published, type Story, takes } from '../story.ts'

function lane(...order: readonly number[]): Story {
  return {
    history: [
      ...[1, 2, 3, 4, 5].flatMap(published),
      takes('books-1', 1),
      ...order.map((position) => delivered('books-1', position)),
      commit('books-1', ...[1, 2, 3, 4, 5].map(handled), checkpoint(5, 1)),
    ],
    final: finalOf(1, 2, 3, 4, 5),
  }
}

test('events given one after the other skip nothing', () => {
  expect(brokenIn(lane(1, 2, 3, 4, 5))).toEqual([])
})

test('a batch that failed and starts again skips nothing', () => {
  expect(brokenIn(lane(1, 2, 3, 1, 2, 3, 4, 5))).toEqual([])
})

test('an event that is passed over breaks I6', () => {
  expect(brokenIn(lane(1, 2, 4, 5))).toContain('I6')
})

test('a first event that is not the next one after the checkpoint breaks I7', () => {
  expect(brokenIn(lane(2, 3, 4, 5))).toContain('I7')
})
