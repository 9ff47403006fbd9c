import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readMutants } from '../src/mutants/mutant.ts'
import { tryMutant, whyNotApplying } from '../src/mutants/try-mutant.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const mutants = readMutants(fileURLToPath(new URL('../mutants/', import.meta.url)))

/** The seeded bugs that docs/reliability.md promises. */
const promised = [
  'acknowledged-before-commit',
  'attempts-forgotten',
  'checkpoint-before-handling',
  'last-event-of-batch-dropped',
  'lease-without-fence',
  'local-reads',
  'number-outside-transaction',
  'outbox-outside-transaction',
  'parked-without-checkpoint',
  'resume-by-time',
  'stale-change-stream-token',
  'swallowed-duplicate-key',
]

test('every seeded bug that is promised is there', () => {
  expect(mutants.map(({ name }) => name)).toEqual(expect.arrayContaining(promised))
})

test.each(mutants)('the seeded bug $name applies to the sources as they are', async (mutant) => {
  expect(await whyNotApplying(root, mutant)).toBeUndefined()
})

test('the unmodified simulation finds a seeded bug in a copy of the sources', async () => {
  const mutant = mutants.find(({ name }) => name === 'last-event-of-batch-dropped')
  expect(mutant && (await tryMutant(root, mutant))).toMatchObject({ kind: 'found' })
})
