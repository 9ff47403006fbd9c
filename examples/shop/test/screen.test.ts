import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createScreen } from '../src/demo/screen.ts'

function capture(isTTY: boolean): { stream: PassThrough & { isTTY: boolean }; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY })
  let text = ''
  stream.on('data', (chunk) => {
    text += chunk
  })
  return { stream, text: () => text }
}

test('away from a terminal there are no colours, no control codes, and one line for a whole progress', () => {
  const { stream, text } = capture(false)
  const screen = createScreen(stream)
  screen.step(1, 'Begin')
  const progress = screen.progress(2)
  progress.update(1)
  progress.end(2)
  screen.line(screen.paint('red', 'done'))
  expect(text()).toMatch(/^\n1 {2}Begin\n {3}2 orders in [\d.]+ s, [\d,]+ per second\n {3}done\n$/)
})

test('on a terminal a progress redraws its own line and ends with what was done', () => {
  const { stream, text } = capture(true)
  const progress = createScreen(stream).progress(4)
  progress.update(1)
  progress.end(4)
  expect(text().split('\r').length).toBe(3)
  expect(text()).toMatch(/4 of 4, [\d,]+ per second\n$/)
})
