import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { GuardedProcess } from './guarded-process.ts'

/** How a server is started. */
export interface MongodOptions {
  /** The program. @default MONGOMS_SYSTEM_BINARY */
  readonly program?: string
  /** @default a free one */
  readonly port?: number
  /** False leaves it for `start`. @default true */
  readonly started?: boolean
}

const startWithinMs = 30_000

/**
 * A MongoDB server of one's own, to be killed, frozen and started again: a replica set of one, on files that are removed
 * with it. It does not outlive this process.
 */
export async function startMongod(options: MongodOptions = {}): Promise<Mongod> {
  const program = options.program ?? process.env.MONGOMS_SYSTEM_BINARY
  if (program === undefined || program === '') throw new Error('There is no MongoDB server: set MONGOMS_SYSTEM_BINARY to a mongod.')
  const directory = await mkdtemp(join(tmpdir(), 'tidings-mongod-'))
  // What members of a set prove themselves with; a set with access control needs it, be it of one.
  await writeFile(join(directory, 'key'), randomBytes(48).toString('base64'), { mode: 0o600 })
  const mongod = new Mongod(program, directory, options.port ?? (await freePort()))
  if (options.started !== false) await mongod.start()
  return mongod
}

/** A server that {@link startMongod} made. */
export class Mongod implements AsyncDisposable {
  readonly port: number
  readonly #program: string
  readonly #directory: string
  #process: GuardedProcess | undefined

  constructor(program: string, directory: string, port: number) {
    this.#program = program
    this.#directory = directory
    this.port = port
  }

  /** Addresses the server itself, so that a proxy's address can be put in its place. */
  get url(): string {
    return `mongodb://127.0.0.1:${this.port}/?directConnection=true`
  }

  /** Starts it, again on the same files and port; resolves when it takes writes. */
  async start(options: { readonly accessControl?: boolean } = {}): Promise<void> {
    if (this.#process !== undefined) throw new Error('The server runs already.')
    const output = join(this.#directory, 'output')
    const access = options.accessControl === true ? ['--auth', '--keyFile', join(this.#directory, 'key')] : []
    this.#process = await GuardedProcess.start(this.#directory, output, [
      this.#program,
      ...['--port', String(this.port), '--bind_ip', '127.0.0.1', '--dbpath', join(this.#directory, 'data')],
      ...['--replSet', 'rs0', '--setParameter', 'enableTestCommands=1', ...access],
    ])
    let hasEnded = false
    void this.#process.ended.then(() => {
      hasEnded = true
    })
    const until = performance.now() + startWithinMs
    for (;;) {
      const met = await this.#takesWrites().catch((error: unknown) => error)
      if (met === true) return
      if (hasEnded || performance.now() > until)
        throw new Error(`The server did not start:\n${await readFile(output, 'utf8')}`, met === false ? {} : { cause: met })
      await sleep(20)
    }
  }

  /** kill -9; resolves when it is gone. Its files stay. */
  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    await running?.end('keep')
  }

  /** SIGSTOP: it answers nothing, and its connections stay open. Resolves when it runs no more. */
  async freeze(): Promise<void> {
    await this.#process?.freeze()
  }

  /** SIGCONT: it goes on, with what was sent meanwhile. */
  thaw(): void {
    this.#process?.thaw()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#process
    this.#process = undefined
    // The guard removes the files too; where none runs, one is started for that alone.
    await (running ?? (await GuardedProcess.start(this.#directory, '/dev/null', ['true']))).end('remove')
  }

  async #takesWrites(): Promise<boolean> {
    const client = new MongoClient(this.url, { serverSelectionTimeoutMS: 200 })
    try {
      const admin = client.db('admin')
      const greeting = await admin.command({ hello: 1 })
      if (greeting.setName === undefined)
        await admin.command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: `127.0.0.1:${this.port}` }] } })
      return greeting.isWritablePrimary === true
    } finally {
      await client.close()
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port is free.')
  return address.port
}
