import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { MongoMemoryReplSet } from 'mongodb-memory-server-core'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a server that the whole run shares, a replica set of one; undefined where there is none to be had. */
    readonly mongodbUrl: string | undefined
  }
}

/**
 * Starts the server that the suites on MongoDB share, once for a run: the program that MONGOMS_SYSTEM_BINARY names. Nothing
 * is ever downloaded: without it the suites are skipped, and the run says so; with TIDINGS_REQUIRE_MONGODB=1 it fails.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const program = process.env.MONGOMS_SYSTEM_BINARY
  if (program === undefined || program === '') {
    if (process.env.TIDINGS_REQUIRE_MONGODB === '1')
      throw new Error('TIDINGS_REQUIRE_MONGODB=1 asks for a MongoDB server. Set MONGOMS_SYSTEM_BINARY to a mongod.')
    project.provide('mongodbUrl', undefined)
    return async () => console.log('\nThe suites on MongoDB were skipped: set MONGOMS_SYSTEM_BINARY to a mongod to run them.')
  }
  // Tests that start a server of their own run in other folders.
  const systemBinary = resolve(program)
  await access(systemBinary, constants.X_OK).catch(() => {
    throw new Error(`MONGOMS_SYSTEM_BINARY names ${systemBinary}, which is no program that can be run.`)
  })
  process.env.MONGOMS_SYSTEM_BINARY = systemBinary
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false'
  process.env.MONGOMS_RUNTIME_DOWNLOAD = 'false'
  const server = await MongoMemoryReplSet.create({
    binary: { systemBinary },
    replSet: { count: 1, storageEngine: 'wiredTiger', args: ['--setParameter', 'enableTestCommands=1'] },
  })
  project.provide('mongodbUrl', server.getUri())
  return async () => void (await server.stop())
}
