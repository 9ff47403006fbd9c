import { DefinitionInvalid, systemRuntime } from '@tidings/core'
import { describe, expect, test } from 'vitest'
import { type ConnectionOptions, readServerOptions } from './options.ts'

const read = (options: Omit<ConnectionOptions, 'runtime'>): ReturnType<typeof readServerOptions> =>
  readServerOptions({ runtime: systemRuntime, ...options })

describe('the options of a connection', () => {
  test('name the hosts and the database, and no credential', () => {
    expect(read({ url: 'mongodb://lea:geheim@a,b:27018/shop?replicaSet=rs0' }).location).toBe('a:27017,b:27018/shop')
    expect(read({ url: 'mongodb+srv://lea:geheim@cluster.example.org/shop' }).location).toBe('cluster.example.org/shop')
    expect(read({ url: 'mongodb://h/?replicaSet=rs0', database: 'shop_orders' }).location).toBe('h:27017/shop_orders')
  })

  test.each(['w=1', 'w=0', 'journal=false', 'readConcernLevel=local', 'readPreference=secondary', 'readPreference=primaryPreferred'])(
    'are refused where the url makes less of the promises: %s',
    (query) => {
      expect(() => read({ url: `mongodb://h/shop?${query}` })).toThrow(DefinitionInvalid)
    },
  )

  test('are taken where the url says what holds anyway, as hosted servers have it', () => {
    expect(() =>
      read({ url: 'mongodb://h/shop?retryWrites=true&w=majority&journal=true&readConcernLevel=majority&readPreference=primary&tls=true' }),
    ).not.toThrow()
  })

  test('are refused with all that is wrong, and never with the url', () => {
    const faulty = (): unknown => read({ url: 'mongodb://lea:geheim@h:port/shop', waitMs: -1, answerTimeoutMs: 0 })
    expect(faulty).toThrow(/url.*waitMs.*answerTimeoutMs/)
    expect(faulty).not.toThrow(/geheim/)
    expect(() => read({ url: 'mongodb://h' })).toThrow(/names a database/)
    expect(() => read({ url: 'mongodb://h', database: 'a.b' })).toThrow(/no name for a database/)
  })
})
