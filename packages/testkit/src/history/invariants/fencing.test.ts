import { expect, test } from 'vitest'
import { brokenIn, checkpoint, commit, commits, finalOf, goodStory, handled, tried, waits } from '../story.ts'

const isLast = commits((change) => change.kind === 'handled' && change.position === 5)

function beforeLast(...records: readonly ReturnType<typeof commit>[]) {
  const { history } = goodStory()
  const at = history.findIndex(isLast)
  return { history: [...history.slice(0, at), ...records, ...history.slice(at)], final: finalOf(1, 2, 4, 5) }
}

test('a holder that moves the checkpoint after its successor began breaks I13', () => {
  expect(brokenIn(beforeLast(commit('books-1', waits('held', 4), checkpoint(4, 2))))).toContain('I13')
})

test('a holder that writes in its old epoch after its successor began breaks I13', () => {
  expect(brokenIn(beforeLast(commit('books-1', checkpoint(3, 1))))).toContain('I13')
})

test('a handler that takes effect without its checkpoint breaks I13', () => {
  expect(brokenIn(beforeLast(commit('books-2', handled(5))))).toContain('I13')
})

test('attempts counted by another process than the holder break I13', () => {
  expect(brokenIn(beforeLast(commit('books-1', tried(5, 1))))).toContain('I13')
})

test('a copy that the holder writes ahead of its checkpoint keeps I13, and one that another process writes breaks it', () => {
  const copyWrittenBy = (process: string) => {
    const { history, final } = beforeLast(commit(process, handled(5)))
    const consumers = final.consumers.map((one) => ({ ...one, handlers: one.handlers.map((own) => ({ ...own, kind: 'copy' as const })) }))
    return brokenIn({ history, final: { ...final, consumers } })
  }
  expect(copyWrittenBy('books-2')).not.toContain('I13')
  expect(copyWrittenBy('books-1')).toContain('I13')
})
