import { expect, test } from 'vitest'
import { brokenIn, commit, commits, goodStory, withRecord } from '../story.ts'

const staged = (id: string, key = 'a') => commit('shop-1', { kind: 'staged', service: 'shop', events: [{ id, key }] })

test('a committed event that never reaches the log breaks I14', () => {
  const { history, final } = goodStory()
  expect(brokenIn({ history: [...history, staged('e6')], final })).toEqual(['I14'])
})

test('a committed event that is still staged, or was refused for good, is not lost', () => {
  const { history, final } = goodStory()
  const refused = commit('shop-1', { kind: 'refused', service: 'shop', id: 'e7' }, { kind: 'unstaged', service: 'shop', ids: ['e7'] })
  expect(brokenIn({ history: [...history, staged('e6'), staged('e7'), refused], final: { ...final, staged: ['e6'] } })).toEqual([])
})

test('an event that no transaction has committed breaks I14', () => {
  expect(brokenIn(withRecord(commits((change) => change.kind === 'staged')))).toEqual(['I14'])
})

test('an event that leaves the outbox before the log has it breaks I14', () => {
  const { history, final } = goodStory()
  const early = commit('shop-1', { kind: 'unstaged', service: 'shop', ids: ['e1'] })
  expect(brokenIn({ history: [early, ...history], final })).toEqual(['I14'])
})

test('events of one key that stand in the log in another order than they were staged in break I5', () => {
  const { history, final } = goodStory()
  const isFirst = commits((change) => change.kind === 'staged')
  const first = history.find(isFirst)
  expect(brokenIn({ history: [staged('e3'), ...(first === undefined ? [] : [first]), ...history], final })).toEqual(['I5'])
})
