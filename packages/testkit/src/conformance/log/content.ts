import assert from 'node:assert/strict'
import type { NewEvent, StoredEvent } from '@tidings/core'
import { anEvent } from './an-event.ts'
import { type LogCase, LogTrial } from './log-trial.ts'

const texts = ['é 漢字 🎉', '"quoted" \'and\' \\', '$where', '__proto__', '%_*', ' ', "'; drop table events; --", '{"a":1}', 'null']

/** What comes back is what was given. */
export const content: readonly LogCase[] = [
  {
    name: 'every field comes back as it was given, whatever its text',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const events = texts.map((text) =>
          anEvent({
            type: `orders.${text}`,
            version: 4_294_967_296,
            key: text,
            service: text,
            correlationId: text,
            causationId: text,
            traceparent: text,
            headers: { tenant: text, [`x-${text}`]: 'text\nwith\u0000control\u001f' },
            data: JSON.stringify({ [text]: text, nul: '\u0000', nested: [[[text]], 1.5e-7, null, true] }),
          }),
        )
        await trial.append(events)
        assertSame(await trial.contents(trial.log, events.length), events)
      }),
  },
  {
    name: 'the text of data is kept byte for byte, in any encoding',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const events = [
          anEvent({ data: ' {"b" : 1.0,\n"a":1e2, "a": "\\u00e9\\u0000" } ' }),
          anEvent({ data: '9007199254740993' }),
          anEvent({ encoding: 'aes-gcm', data: '[[[ no JSON' }),
          anEvent({ encoding: 'empty', data: '' }),
          anEvent({ data: `"${'é'.repeat(500_000)}"` }),
        ]
        await trial.append(events)
        assertSame(await trial.contents(trial.log, events.length), events)
      }),
  },
  {
    name: 'fields that are not given are absent, not null',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        await trial.append([anEvent(), anEvent({ causationId: 'c' }), anEvent({ traceparent: 't' })])
        const contents = await trial.contents(trial.log, 3)
        assert.deepEqual(
          contents.map((event) => ['causationId' in event, 'traceparent' in event]),
          [
            [false, false],
            [true, false],
            [false, true],
          ],
        )
      }),
  },
  {
    name: 'fields that this release does not know come back with a read',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const events = [
          anEvent({ partition: 7 }),
          anEvent({ signature: { by: 'é', over: ['data', 1.5, null, true, { deep: '\u0000' }] } }),
          anEvent({ causationId: 'c', expires: null, extra: 'text', data2: '' }),
        ]
        await trial.append(events)
        const other = await trial.reopen()
        assertSame(await trial.contents(other, events.length), events)
      }),
  },
  {
    name: 'what the caller does to its events after the call, or a reader to what it read, changes nothing in the log',
    run: (subject) =>
      LogTrial.run(subject, async (trial) => {
        const event = { ...anEvent({ headers: { tenant: 'a' }, labels: { color: 'red' } }) } as ChangeableEvent
        const before = structuredClone<NewEvent>(event)
        const events: NewEvent[] = [event]
        const appending = trial.append(events)
        spoil(event)
        events.push(anEvent())
        await appending
        spoil(event)
        const [read] = await trial.contents(trial.log, 1)
        spoil(read as ChangeableEvent | undefined)
        const contents = await trial.contents()
        assertSame(contents, [before])
      }),
  },
]

type ChangeableEvent = { -readonly [Field in keyof NewEvent]: NewEvent[Field] } & {
  headers: Record<string, string>
  labels: Record<string, string>
}

/** Changes what can be changed: a log may hand out frozen events. */
function spoil(event: ChangeableEvent | undefined): void {
  for (const change of [
    () => event !== undefined && Object.assign(event, { key: 'changed', data: '"changed"' }),
    () => event !== undefined && Object.assign(event.headers, { tenant: 'changed' }),
    () => event !== undefined && Object.assign(event.labels, { color: 'changed' }),
  ]) {
    try {
      change()
    } catch {
      // Frozen.
    }
  }
}

function assertSame(found: readonly StoredEvent[], given: readonly NewEvent[]): void {
  assert.equal(found.length, given.length)
  given.forEach((event, i) => {
    const { position, ...rest } = found[i] ?? { position: 0 }
    assert.equal(position, i + 1)
    assert.deepEqual(plain(rest), plain(event))
  })
}

/** Without prototypes and property order, which are no part of what was given. */
function plain(event: object): unknown {
  return structuredClone(event)
}
