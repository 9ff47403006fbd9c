import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const core = fileURLToPath(new URL('../src/index.ts', import.meta.url))
const zod = import.meta.resolve('zod')
const program = `
  import { createEventBus, defineEvent } from ${JSON.stringify(core)}
  import * as z from ${JSON.stringify(zod)}
  const Said = defineEvent('talk.word-said', { version: 1, schema: z.object({ word: z.string(), by: z.object({ name: z.string() }) }), key: (said) => said.word })
  const bus = createEventBus()
  for (let i = 0; i < 2; i++) bus.subscribe(Said, (said) => { console.log(said.by.name); said.by.name = 'changed' })
  for (let i = 0; i < 2; i++) await bus.publish(Said, { word: 'x', by: { name: 'y' } })
  await bus.publish(Said, { word: 'x', by: { name: 'y', nam: 'z' } }).catch((error) => console.log(error.faults[0].path))
`

test('where the program forbids code from strings the bus checks and copies all the same', async () => {
  const flags = ['--disallow-code-generation-from-strings', '--conditions=source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  expect(stdout.trim().split('\n')).toEqual(['y', 'y', 'y', 'y', 'by.nam'])
})
