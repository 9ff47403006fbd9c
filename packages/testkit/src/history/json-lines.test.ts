import { expect, test } from 'vitest'
import { fromLines, toLine } from './json-lines.ts'
import { goodStory } from './story.ts'

test('a history comes back from its lines as it was', () => {
  const { history } = goodStory()
  expect(fromLines(history.map(toLine).join(''))).toEqual(history)
})

test('a last line that its process did not finish is left out', () => {
  const [first, second] = goodStory().history.map(toLine)
  expect(fromLines(`${first}${second?.slice(0, 20)}`)).toHaveLength(1)
})

test('a damaged line in the middle is an error', () => {
  expect(() => fromLines('{"kind"\n{}\n')).toThrow(SyntaxError)
})
