import { expect, test } from 'vitest'
import * as z from 'zod'
import { ContractViolation } from '../errors/contract-errors.ts'
import { parse, parseNow, type Schema } from './schema.ts'

const order = z.object({
  lines: z.array(z.object({ price: z.number() })),
  by: z.record(z.string(), z.number()),
  name: z.string().default('x'),
})

test('a value that fits comes out as the schema makes it, without a turn of the event loop', () => {
  expect(parseNow(order, { lines: [], by: {} }, 'order')).toEqual({ lines: [], by: {}, name: 'x' })
})

test('every fault is told with its path', async () => {
  const error = await parse(
    order,
    { lines: [{ price: 1 }, { price: '1' }], by: { 'a.b': 'c' }, name: 1 },
    'data of orders.order-placed',
  ).catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(ContractViolation)
  expect(error).toMatchObject({
    code: 'CONTRACT_VIOLATION',
    retryable: false,
    subject: 'data of orders.order-placed',
    faults: [{ path: 'lines[1].price' }, { path: 'by.a.b' }, { path: 'name' }],
  })
  expect(String(error)).toMatch(/lines\[1\]\.price: .*; by\.a\.b: .*; name: /)
})

test('the message lists five faults and counts the others', async () => {
  const many = z.array(z.number())
  await expect(parse(many, Array(50).fill('x'), 'list')).rejects.toThrow(/\[4\]: .* and 45 more\./)
})

test('paths in the other form of the standard are read too', () => {
  const schema: Schema<unknown, unknown> = {
    '~standard': {
      version: 1,
      vendor: 'other',
      validate: () => ({ issues: [{ message: 'no', path: [{ key: 'a' }, 0, { key: 1 }, Symbol('s')] }] }),
    },
  }
  expect(() => parseNow(schema, 1, 'value')).toThrow(expect.objectContaining({ faults: [{ path: 'a[0][1].Symbol(s)', message: 'no' }] }))
})

type Tree = { readonly inner?: Tree | undefined }
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ inner: tree.optional() }))

test('a value nested deeper than the schema can follow is a fault of the value', async () => {
  let deep: Tree = {}
  for (let i = 0; i < 100_000; i++) deep = { inner: deep }
  await expect(parse(tree, deep, 'tree')).rejects.toMatchObject({
    code: 'CONTRACT_VIOLATION',
    faults: [{ path: '', message: expect.stringContaining('too deeply') }],
  })
})

test('an error that a schema throws on its own account is no fault of the value', async () => {
  const failing = z.string().transform(() => {
    throw new TypeError('a bug in the schema')
  })
  await expect(parse(failing, 'x', 'text')).rejects.toThrow(new TypeError('a bug in the schema'))
})
