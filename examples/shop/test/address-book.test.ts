import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServiceUnavailable } from '@tidings/core'
import { expect, onTestFinished, test } from 'vitest'
import { addressBook } from '../src/address-book.ts'

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'shop-addresses-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** Lets a process of its own announce an address, and die without taking it back. */
function announceAndDie(directory: string, url: string): void {
  const book = fileURLToPath(new URL('../src/address-book.ts', import.meta.url))
  const script = `import { addressBook } from ${JSON.stringify(book)}
addressBook(${JSON.stringify(directory)}).announce('customers', ${JSON.stringify(url)})
process.kill(process.pid, 'SIGKILL')`
  const { signal } = spawnSync(process.execPath, ['--conditions=source', '--input-type=module', '--eval', script])
  expect(signal).toBe('SIGKILL')
}

test('a service is found where it said last, and away before it said a thing, whoever has its usual port', async () => {
  // The directory of a first run is not there yet.
  const directory = join(await newDirectory(), 'new')
  const addresses = addressBook(directory)
  expect(() => addresses.locate('customers')).toThrow(ServiceUnavailable)
  addresses.announce('customers', 'http://127.0.0.1:5101')
  addresses.announce('customers', 'http://127.0.0.1:5102')
  expect(addressBook(directory).locate('customers')).toBe('http://127.0.0.1:5102')
  expect(addresses.locate('../customers')).toBeUndefined()
  addresses.announce('customers', 'http://127.0.0.1:5103')()
  expect(addresses.locate('customers')).toBe('http://127.0.0.1:5102')
  addresses.announce('orders', 'http://127.0.0.1:5104')()
  expect(() => addresses.locate('orders')).toThrow(/orders is unavailable: it has not been started in .* yet/)
})

test('an instance that was killed is not asked while another one lives, and leaves nothing behind for ever', async () => {
  const directory = await newDirectory()
  const addresses = addressBook(directory)
  announceAndDie(directory, 'http://127.0.0.1:5101')
  // Nobody else answers for it: it is found to be away, and whoever has its usual port is not asked.
  expect(addresses.locate('customers')).toBe('http://127.0.0.1:5101')
  const takeBack = addresses.announce('customers', 'http://127.0.0.1:5102')
  announceAndDie(directory, 'http://127.0.0.1:5103')
  expect(addresses.locate('customers')).toBe('http://127.0.0.1:5102')
  addresses.announce('customers', 'http://127.0.0.1:5104')()
  takeBack()
  expect(await readdir(directory)).toEqual([])
})
