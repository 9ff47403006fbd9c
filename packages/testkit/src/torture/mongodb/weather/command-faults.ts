import { clearFailPoint, type FailPoint, setFailPoint } from '../../../faults/fail-point.ts'
import { type Bring, commands, type Faults, oneOf, pause } from './weather.ts'

const writes = ['insert', 'findAndModify', 'update', 'commitTransaction'] as const

/** That the server cannot tell any more what happened since a change stream was heard last. */
export const historyLost = 'change stream history lost'

/** What the server answers to commands. */
export const commandFaults: Faults = new Map([
  ['connection closed by the server', failing(({ command }) => ({ commands: [command], closeConnection: true }))],
  ['command held up', failing(({ command, next }) => ({ commands: [command], blockMs: 200 + Math.floor(next() * 4_000) }))],
  ...[91, 189, 10107, 11600].map((errorCode): [string, Bring] => [
    `code ${errorCode}`,
    failing(({ command }) => ({ commands: [command], errorCode })),
  ]),
  ['write concern error 64', failing(({ next }) => ({ commands: [oneOf(writes, { next })], writeConcernErrorCode: 64 }))],
  [
    'transient transaction error',
    failing(({ next }) => ({
      commands: [oneOf(['commitTransaction', 'update'], { next })],
      errorCode: 112,
      errorLabels: ['TransientTransactionError'],
    })),
  ],
  [
    'commit of unknown outcome',
    failing(() => ({ commands: ['commitTransaction'], errorCode: 91, errorLabels: ['UnknownTransactionCommitResult'] })),
  ],
  [historyLost, failing(() => ({ commands: ['getMore', 'aggregate'], errorCode: 286 }))],
])

/** For one to four commands. */
function failing(pointOf: (drawn: { command: (typeof commands)[number]; next: () => number }) => FailPoint): Bring {
  return async (scene) => {
    const { client, next } = scene
    await setFailPoint(client, { ...pointOf({ command: oneOf(commands, { next }), next }), times: 1 + Math.floor(next() * 4) })
    await pause(300, 1_000, scene)
    await clearFailPoint(client)
    return true
  }
}
