import { expect, test } from 'vitest'
import { brokenIn, checkpoint, commit, commits, finalOf, goodStory, handled, released, waits, withRecord } from '../story.ts'

const movesTo = (position: number) => commits((change) => change.kind === 'checkpoint' && change.position === position)

test('a checkpoint that passes an event which is neither handled nor parked nor held breaks I8', () => {
  expect(brokenIn(withRecord(movesTo(3), commit('books-1', handled(2), checkpoint(3, 1))))).toContain('I8')
})

test('a checkpoint committed before what it stands for breaks I8, even if that follows', () => {
  const late = [commit('books-1', checkpoint(3, 1)), commit('books-1', handled(2), waits('held', 3))]
  expect(brokenIn(withRecord(movesTo(3), ...late))).toContain('I8')
})

test('a held event that is let go of without being handled breaks I8', () => {
  const isRedrive = commits((change) => change.kind === 'handled' && change.position === 4)
  expect(brokenIn(withRecord(isRedrive, commit('books-2', released(4))))).toContain('I8')
})

test('a checkpoint that falls breaks I9', () => {
  const { history, final } = goodStory()
  expect(brokenIn({ history: [...history, commit('books-2', checkpoint(3, 2)), commit('books-2', checkpoint(5, 2))], final })).toEqual([
    'I9',
  ])
})

test('a checkpoint that is not where it was committed last breaks I9', () => {
  const { history } = goodStory()
  const final = finalOf(1, 2, 4, 5)
  expect(brokenIn({ history, final: { ...final, consumers: final.consumers.map((one) => ({ ...one, checkpoint: 4 })) } })).toEqual(['I9'])
})
