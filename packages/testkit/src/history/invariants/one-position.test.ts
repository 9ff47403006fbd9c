import { expect, test } from 'vitest'
import { LogIndex } from '../log-index.ts'
import { brokenIn, events, goodStory, withRecord } from '../story.ts'
import { onePosition } from './one-position.ts'

const isRead = (record: { readonly kind: string }): boolean => record.kind === 'read'

test('one event read at two positions breaks I4', () => {
  const moved = { position: 6, id: 'e1', digest: 'd1' }
  expect(brokenIn(withRecord(isRead, { kind: 'read', at: 0, process: 'books-1', events: [...events, moved] }))).toContain('I4')
})

test('two events read at one position break I4', () => {
  const other = { position: 1, id: 'e9', digest: 'd9' }
  expect(brokenIn(withRecord(isRead, { kind: 'read', at: 0, process: 'books-1', events: [other] }))).toContain('I4')
})

test('a gap in the log breaks I4', () => {
  const { history, final } = goodStory()
  const gap = events.map((event) => (event.position === 5 ? { ...event, position: 6 } : event))
  expect(brokenIn({ history, final: { ...final, events: gap } })).toContain('I4')
})

test('a position that was closed for good is no gap', () => {
  const { final } = goodStory()
  const skipping = events.map((event) => (event.position === 5 ? { ...event, position: 7 } : event))
  expect(onePosition([], new LogIndex(final), { ...final, events: skipping, closed: [5, 6] })).toEqual([])
  expect(onePosition([], new LogIndex(final), { ...final, events: skipping, closed: [5] })).toMatchObject([{ invariant: 'I4' }])
})

test('an event read with other bytes than before breaks I17', () => {
  const changed = events.map((event) => (event.position === 2 ? { ...event, digest: 'other' } : event))
  expect(brokenIn(withRecord(isRead, { kind: 'read', at: 0, process: 'books-1', events: changed }))).toEqual(['I17'])
})
