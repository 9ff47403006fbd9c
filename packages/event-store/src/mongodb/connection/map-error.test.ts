import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { MongoError, MongoNetworkError, MongoServerError, MongoTopologyClosedError } from 'mongodb'
import { describe, expect, onTestFinished, test } from 'vitest'
import { classifyError } from './classify-error.ts'
import { mapAppendError, mapCommitError, mapReadError, mapTransactionError } from './map-error.ts'

const server = (code: number, labels: readonly string[] = []): MongoServerError =>
  new MongoServerError({ message: 'secret text', code, errorLabels: [...labels] })

const mappings = { read: mapReadError, append: mapAppendError, transaction: mapTransactionError, commit: mapCommitError }

/** The codes that each mapping gives for an error. */
function codesOf(error: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(mappings).map(([name, map]) => [name, map(error, 'db/shop').code]))
}

describe('an error of the driver', () => {
  test.each([91, 189, 10107, 11600, 64, 11602, 13435])('with code %i has perhaps written, whatever its labels', (code) => {
    for (const error of [server(code), server(code, ['RetryableWriteError']), server(code, ['TransientTransactionError'])])
      expect(codesOf(error)).toEqual({
        read: 'STORE_UNAVAILABLE',
        append: 'LOG_APPEND_OUTCOME_UNKNOWN',
        transaction: 'STORE_UNAVAILABLE',
        commit: 'COMMIT_OUTCOME_UNKNOWN',
      })
  })

  test('that the driver passes on from a socket has perhaps written', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
    await once(socket, 'end')
    socket.write('too late')
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ code: 'EPIPE' })
    expect(codesOf(error)).toEqual({
      read: 'STORE_UNAVAILABLE',
      append: 'LOG_APPEND_OUTCOME_UNKNOWN',
      transaction: 'STORE_UNAVAILABLE',
      commit: 'COMMIT_OUTCOME_UNKNOWN',
    })
  })

  test('that broke a connection has perhaps written; in a transaction nothing, until the commit', () => {
    const error = new MongoNetworkError('connection closed')
    error.addErrorLabel('TransientTransactionError')
    expect(codesOf(error)).toEqual({
      read: 'STORE_UNAVAILABLE',
      append: 'LOG_APPEND_OUTCOME_UNKNOWN',
      transaction: 'STORE_UNAVAILABLE',
      commit: 'COMMIT_OUTCOME_UNKNOWN',
    })
  })

  test('that met another transaction is a conflict, at the commit too', () => {
    expect(codesOf(server(112, ['TransientTransactionError']))).toMatchObject({
      transaction: 'TRANSACTION_CONFLICT',
      commit: 'TRANSACTION_CONFLICT',
    })
  })

  test('that says so has perhaps committed, whatever else it is', () => {
    expect(classifyError(server(112, ['UnknownTransactionCommitResult']))).toBe('commit-unknown')
  })

  test('that means no right is no outage', () => {
    expect(codesOf(server(13))).toMatchObject({ read: 'STORE_UNSUITABLE', append: 'STORE_UNSUITABLE', transaction: 'STORE_UNSUITABLE' })
  })

  test('that broke off because the monitor cleared the pool may have come after the write', () => {
    class OnNetworkError extends MongoNetworkError {
      override get name(): string {
        return 'MongoPoolClearedOnNetworkError'
      }
    }
    const error = new OnNetworkError('interrupted')
    error.addErrorLabel('PoolRequestedRetry')
    expect(classifyError(error)).toBe('unknown')
  })

  test('that nobody thought of is never an acknowledgement', () => {
    expect(codesOf(new Error('?'))).toMatchObject({ append: 'LOG_APPEND_OUTCOME_UNKNOWN', commit: 'COMMIT_OUTCOME_UNKNOWN' })
    expect(codesOf(new MongoError('?'))).toMatchObject({ append: 'LOG_APPEND_OUTCOME_UNKNOWN', commit: 'COMMIT_OUTCOME_UNKNOWN' })
  })

  test('for a closed client says that the store is closed', () => {
    expect(codesOf(new MongoTopologyClosedError())).toMatchObject({ read: 'STORE_CLOSED', append: 'STORE_CLOSED' })
  })

  test('gives none of its text to ours: the server may quote what was to be stored', () => {
    for (const code of [2, 13, 64, 112, 121, 11000, 10107])
      for (const map of Object.values(mappings)) expect(map(server(code), 'db/shop').message).not.toContain('secret')
  })
})
