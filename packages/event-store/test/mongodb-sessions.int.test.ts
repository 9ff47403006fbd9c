import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Ledger, TransactionConflict } from '@tidings/core'
import { type Collection, MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'
import { rowsOf } from './open-ledger.ts'
import { openMongodbLedger } from './open-mongodb-ledger.ts'

/** A process that stands inside a transaction. */
class LedgerProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  constructor(url: string) {
    const script = fileURLToPath(new URL('./mongodb-ledger-process.ts', import.meta.url))
    this.child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', script, url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void this.child.kill('SIGKILL'))
    this.#lines = createInterface(this.child.stdout)[Symbol.asyncIterator]()
  }

  async line(): Promise<string | undefined> {
    return (await this.#lines.next()).value
  }

  goOn(): void {
    this.child.stdin.write('\n')
  }
}

/** Writes the row that the process holds, as the engine does: again until it commits. @returns How long that took, in milliseconds. */
async function insist(ledger: Ledger): Promise<number> {
  const startedAt = performance.now()
  await expect
    .poll(() =>
      ledger
        .transaction((tx) => tx.put('rows', [{ key: 'contested', value: 'by the successor' }]))
        .then(
          () => 'committed',
          (error: unknown) => (error instanceof TransactionConflict ? 'conflict' : error),
        ),
    )
    .toBe('committed')
  return performance.now() - startedAt
}

async function look<R>(url: string, work: (instances: Collection) => Promise<R>): Promise<R> {
  const client = await MongoClient.connect(url)
  try {
    return await work(client.db().collection('tidings_instances'))
  } finally {
    await client.close()
  }
}

function instancesIn(url: string): Promise<number> {
  return look(url, (instances) => instances.countDocuments())
}

/** The newest sign of life. */
function seenAt(url: string): Promise<number> {
  return look(url, async (instances) => {
    const all = await instances.find().toArray()
    return Math.max(...all.map(({ seen }) => (seen as Date).getTime()))
  })
}

describeOnMongodb('a transaction left open', () => {
  test('by a process that was killed is ended by the next instance that meets it, long before the server would', async () => {
    const url = mongodbDatabase()
    const ledger = await openMongodbLedger(url)
    const dead = new LedgerProcess(url)
    expect(await dead.line()).toBe('inside')
    const gone = once(dead.child, 'exit')
    dead.child.kill('SIGKILL')
    await gone
    const waitedMs = await insist(ledger)
    // Not a question of speed: the server itself would hold the locks for a minute.
    expect(waitedMs).toBeLessThan(20_000)
    expect(await rowsOf(ledger)).toEqual(['contested=by the successor'])
    expect(await instancesIn(url)).toBe(1)
  })

  test('by a process that was only paused is ended too; it meets a conflict and goes on with sessions that are known again', async () => {
    const url = mongodbDatabase()
    const ledger = await openMongodbLedger(url)
    const paused = new LedgerProcess(url)
    expect(await paused.line()).toBe('inside')
    paused.child.kill('SIGSTOP')
    await insist(ledger)
    expect(await instancesIn(url)).toBe(1)
    paused.child.kill('SIGCONT')
    paused.goOn()
    expect(await paused.line()).toBe('conflict')
    expect(await paused.line()).toBe('again')
    expect(await rowsOf(ledger)).toEqual(['again=by the process', 'contested=by the successor'])
    expect(await instancesIn(url)).toBe(2)
  })

  test('by a living process for long is left alone by those who meet it', async () => {
    const url = mongodbDatabase()
    const ledger = await openMongodbLedger(url)
    const living = new LedgerProcess(url)
    expect(await living.line()).toBe('inside')
    const since = await seenAt(url)
    // As long as it takes to be sure that a silent one would have been ended.
    await expect
      .poll(async () => {
        const meeting = ledger.transaction((tx) => tx.put('rows', [{ key: 'contested', value: 'by another' }]))
        await expect(meeting).rejects.toThrow(TransactionConflict)
        return (await seenAt(url)) - since
      })
      .toBeGreaterThan(3_000)
    living.goOn()
    expect(await living.line()).toBe('committed')
    expect(await rowsOf(ledger)).toContain('contested=by the process')
  })
})
