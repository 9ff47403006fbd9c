import { expect, test } from 'vitest'
import { checkHistory } from './check-history.ts'
import { brokenIn, finalOf, goodStory } from './story.ts'
import { describeVerdict } from './verdict.ts'

test('a history that keeps every invariant gets no verdict', () => {
  const { history, final } = goodStory()
  expect(checkHistory(history, final)).toEqual([])
})

test('what did not end in time breaks I16', () => {
  expect(brokenIn({ ...goodStory(), final: { ...finalOf(1, 2, 4, 5), unfinished: ['books did not drain'] } })).toEqual(['I16'])
})

test('a verdict names the invariant, says what is wrong and shows the records', () => {
  const { history } = goodStory()
  const [verdict] = checkHistory(history, { ...finalOf(1, 2, 4, 5), events: [] })
  expect(verdict && describeVerdict(verdict)).toBe(
    'I1 e1 was acknowledged to shop-1 and is not in the log\n' +
      '    {"at":0,"process":"shop-1","kind":"appended","ids":["e1"],"outcome":"ok","positions":[1]}',
  )
})
