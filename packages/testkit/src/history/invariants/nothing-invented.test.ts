import { expect, test } from 'vitest'
import { brokenIn, delivered, events, goodStory, withRecord } from '../story.ts'

test('an event delivered before anybody appended it breaks I2', () => {
  const { history, final } = goodStory()
  expect(brokenIn({ history: [{ ...delivered('books-1', 5), process: 'nobody' }, ...history], final })).toContain('I2')
})

test('an event delivered at a place where the log holds another breaks I2', () => {
  const story = withRecord((record) => record.kind === 'delivered' && record.position === 2, { ...delivered('books-1', 2), id: 'e3' })
  expect(brokenIn(story)).toContain('I2')
})

test('an event in the log that nobody appended breaks I2', () => {
  const { history, final } = goodStory()
  const stranger = { position: 6, id: 'e6', digest: 'd6', service: 'other', type: 'other.thing', key: 'a' }
  expect(brokenIn({ history, final: { ...final, events: [...events, stranger] } })).toEqual(['I2'])
})

test('an event in the log whose only append failed breaks I3', () => {
  const failed = { kind: 'appended', at: 0, process: 'shop-1', ids: ['e1'], outcome: 'failed', positions: [] } as const
  expect(brokenIn(withRecord((record) => record.kind === 'appended', failed))).toContain('I3')
})
