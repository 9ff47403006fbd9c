import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPurchases } from '../src/demo/read-purchases.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shop-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function read(text: string): Promise<unknown> {
  const file = join(directory, 'purchases.csv')
  await writeFile(file, text)
  return readPurchases(file)
}

test('the sample holds the purchases that its description states', async () => {
  const purchases = await readPurchases(fileURLToPath(new URL('../data/purchases-sample.csv', import.meta.url)))
  const sum = (field: 'quantity' | 'totalCents'): number => purchases.reduce((total, purchase) => total + purchase[field], 0)
  expect(purchases.length).toBe(6_919)
  expect(new Set(purchases.map((purchase) => purchase.customerId)).size).toBe(2_357)
  expect(sum('quantity')).toBe(16_479)
  expect(sum('totalCents')).toBe(24_409_194)
  expect(purchases.filter((purchase) => purchase.totalCents === 0).length).toBe(8)
  expect(purchases[0]).toEqual({ row: 1, date: '1997-01-01', customerId: '00004', quantity: 2, totalCents: 2_933 })
})

test('a byte order mark, carriage returns and quotes do not change what a file says', async () => {
  expect(await read('\uFEFFdate,customerId,quantity,totalCents\r\n1997-01-01,"00004",1,0\r\n')).toEqual([
    { row: 1, date: '1997-01-01', customerId: '00004', quantity: 1, totalCents: 0 },
  ])
})

const header = 'date,customerId,quantity,totalCents\n'
test.each([
  ['an empty file', '', 'does not begin with the line'],
  [
    'another header',
    'day,customer,quantity,cents\n1997-01-01,1,1,1\n',
    'does not begin with the line "date,customerId,quantity,totalCents"',
  ],
  ['nothing below the header', header, 'holds no purchases'],
  [
    'a day that does not exist',
    `${header}1997-01-01,1,1,1\n1997-02-30,1,1,1\n`,
    'line 3: date is "1997-02-30", expected is a day such as 1997-01-31',
  ],
  ['a part of a cent', `${header}1997-01-01,1,1,1.5\n`, 'line 2: totalCents is "1.5", expected is a whole number of cents from 0'],
  ['a negative amount', `${header}1997-01-01,1,1,-1\n`, 'line 2: totalCents'],
  ['an amount past what a number can hold exactly', `${header}1997-01-01,1,1,9007199254740993\n`, 'line 2: totalCents'],
  ['no quantity', `${header}1997-01-01,1,,1\n`, 'line 2: quantity is empty, expected is a whole number from 1'],
  ['no customer', `${header}1997-01-01,,1,1\n`, 'line 2: customerId'],
  ['a quote that nothing closes', `${header}1997-01-01,"1,1,1\n`, 'is not a CSV file'],
  ['a missing column', `${header}1997-01-01,1,1\n`, 'line 2: it has 3 fields; expected are 4: date,customerId,quantity,totalCents'],
])('%s is refused with its place and reason', async (_, text, message) => {
  await expect(read(text)).rejects.toMatchObject({ name: 'DemoFault', message: expect.stringContaining(message) })
})

test('a file that is not there is named', async () => {
  await expect(readPurchases(join(directory, 'nowhere.csv'))).rejects.toThrow(/nowhere\.csv cannot be read \(ENOENT\)/)
})
