import { StoreUnavailable, TransactionEnded } from '@tidings/core'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { AnswerMissing } from '../../connection/answered-within.ts'
import { Statements } from './statements.ts'

test('what is still being made ready when its transaction is given up is never sent', async () => {
  const ready = Promise.withResolvers<void>()
  const carriedOut: Promise<unknown>[] = []
  let sent = 0
  const statements = new Statements({
    location: 'here/shelf',
    canWrite: true,
    signal: undefined,
    answered: (call) => {
      carriedOut.push(call)
      return Promise.reject(new AnswerMissing(30_000))
    },
    // Connects to nothing: a session is asked for, and never used.
    acquire: () => new MongoClient('mongodb://127.0.0.1:1/shelf').startSession(),
    beforeWrite: () => ready.promise,
  })
  await expect(statements.write(async () => sent++)).rejects.toThrow(StoreUnavailable)
  await statements.end()
  ready.resolve()
  await expect(carriedOut[0]).rejects.toThrow(TransactionEnded)
  expect(sent).toBe(0)
})
