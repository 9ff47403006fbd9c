import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addressBook } from '../src/address-book.ts'

test('a service is found where it said last, and at its usual port before that', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shop-addresses-'))
  // The directory of a first run is not there yet.
  const addresses = addressBook(join(directory, 'new'))
  expect(addresses.locate('customers')).toBe('http://127.0.0.1:4101')
  addresses.announce('customers', 'http://127.0.0.1:5101')
  addresses.announce('customers', 'http://127.0.0.1:5102')
  expect(addressBook(join(directory, 'new')).locate('customers')).toBe('http://127.0.0.1:5102')
  expect(addresses.locate('../customers')).toBeUndefined()
  addresses.announce('customers', 'http://127.0.0.1:5103')()
  expect(addresses.locate('customers')).toBe('http://127.0.0.1:5102')
  addresses.announce('orders', 'http://127.0.0.1:5104')()
  expect(addresses.locate('orders')).toBe('http://127.0.0.1:4102')
  await rm(directory, { recursive: true })
})
