import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Client,
  type Contract,
  command,
  defineContract,
  defineEvent,
  defineService,
  type Ledger,
  query,
  type Service,
  type ServiceDatabase,
} from '@tidings/core'
import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import * as z from 'zod'

/** The services of the chain; each asks the one before it in this list. */
export const chainNames = ['back', 'middle', 'front'] as const
/** A service of the chain. */
export type ChainName = (typeof chainNames)[number]

/** Where a service that carries out a command can be killed, in the order in which it gets there. */
export const killPoints = ['begun', 'called', 'written', 'before commit', 'committed'] as const
type KillPoint = (typeof killPoints)[number]

const operations = {
  act: command({ input: z.object({ what: z.string() }), output: z.object({ rows: z.int() }), access: 'public', timeoutMs: 5_000 }),
  acts: query({ input: z.object({}), output: z.array(z.string()), access: 'public', timeoutMs: 5_000 }),
}

function contractOf<const Name extends ChainName>(name: Name) {
  const Acted = defineEvent(`${name}.acted`, { version: 1, schema: z.object({ what: z.string() }), key: ({ what }) => what })
  return defineContract(name, { events: { Acted }, operations })
}

const contracts = { back: contractOf('back'), middle: contractOf('middle'), front: contractOf('front') }
/** The contract at the near end of the chain. */
export const front = contracts.front
/** The contract at the far end of the chain. */
export const back = contracts.back

/** As much of a handler's context as these handlers use. */
interface ChainContext {
  readonly db: SqliteHandle
  readonly signal: AbortSignal
  readonly call: { readonly next: Client<typeof back> }
  publish(event: 'Acted', data: { readonly what: string }): Promise<void>
}

/**
 * A service whose command asks the next one, writes a row without a key, so that a second time would show, and publishes an
 * event. What it is asked to do may name the point at which the process dies, once: `middle at written`. Asked to `wait`, the
 * back does so until its caller has given up, and says that in a file.
 */
export function durableService(name: ChainName, directory: string): Service {
  const say = (text: string): void => writeFileSync(join(directory, text), '')
  let written: string | undefined
  const arrive = (point: KillPoint, what: string): void => {
    if (what === `${name} at ${point}` && isFirst(directory, what)) process.kill(process.pid, 'SIGKILL')
  }
  const act = async ({ what }: { readonly what: string }, ctx: ChainContext): Promise<{ rows: number }> => {
    say(`${name} began ${what}`)
    arrive('begun', what)
    if (name !== 'back') {
      await ctx.call.next.act({ what }).catch((error: unknown) => {
        say(`${name} gave up ${what}`)
        throw error
      })
    } else if (what === 'wait') {
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
      say('given up')
    }
    arrive('called', what)
    await ctx.db.run('insert into acts (what) values (?)', what)
    await ctx.publish('Acted', { what })
    written = what
    arrive('written', what)
    return (await ctx.db.get<{ rows: number }>('select count(*) as rows from acts where what = ?', what)) ?? { rows: 0 }
  }
  const acts = async (_input: unknown, ctx: ChainContext): Promise<string[]> =>
    (await ctx.db.all<{ what: string }>('select what from acts order by number')).map(({ what }) => what)
  const table = 'create table acts (number integer primary key, what text not null) strict'
  const database = observed(sqlite({ migrations: [table] }) as ServiceDatabase, (point) => {
    if (written !== undefined) arrive(point, written)
    if (point === 'committed') written = undefined
  })
  const uses: Record<string, Contract> = name === 'back' ? {} : { next: name === 'front' ? contracts.middle : back }
  // One set of handlers serves three contracts, whose types are the same but for their names.
  return defineService(contracts[name] as typeof front, { uses, database }).implement({ act, acts } as never) as Service
}

/** Tells before and after each commit. */
function observed(database: ServiceDatabase, arrive: (point: 'before commit' | 'committed') => void): ServiceDatabase {
  return {
    open: async (context) => {
      const ledger: Ledger = await database.open(context)
      return {
        capabilities: ledger.capabilities,
        location: ledger.location,
        transaction: async (work, signal) => {
          const result = await ledger.transaction(async (tx) => {
            const done = await work(tx)
            arrive('before commit')
            return done
          }, signal)
          arrive('committed')
          return result
        },
        read: (work, signal) => ledger.read(work, signal),
        prepare: async () => ledger.prepare?.(),
        now: () => ledger.now(),
        close: () => ledger.close(),
      }
    },
  }
}

/** Whether nobody was here before: the process that dies comes back, and goes on. */
function isFirst(directory: string, what: string): boolean {
  try {
    mkdirSync(join(directory, what))
    return true
  } catch {
    return false
  }
}
