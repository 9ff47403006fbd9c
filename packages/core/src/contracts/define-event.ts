import { DefinitionInvalid } from '../errors/contract-errors.ts'
import { isSchema, noSchema, type Schema } from './schema.ts'

/** A kind of event, as a value: its name, version and schema. Only the service that its name begins with may publish it. */
export interface EventType<out Name extends string = string, in out In = unknown, out Fields = unknown> {
  /** `service.fact-in-the-past`, such as `orders.order-placed`. */
  readonly name: Name
  /** The service that owns the event: the name's part before the dot. */
  readonly service: string
  readonly version: number
  readonly description: string | undefined
  /** The schema of this version's data, before any `pick`. */
  readonly schema: Schema<unknown, unknown>
  /** Steps from older versions to the next one, by the older version's number. */
  readonly upcast: Readonly<Record<number, (old: unknown) => unknown>>
  /** The picked field names, or undefined for all. */
  readonly fields: readonly string[] | undefined
  /** The key of parsed data. Events of one key keep their order. */
  keyOf(data: unknown): string
  /** Narrows to the fields this consumer uses: typed, stripped at run time, and recorded on the service map. */
  pick<K extends keyof Fields & string>(...fields: K[]): EventType<Name, In, Pick<Fields, K>>
  /** Types only; never present at run time. */
  readonly '~types'?: {
    /** What a publisher gives. */
    in(value: In): void
    fields: Fields
  }
}

/** An event of any data. */
// biome-ignore lint/suspicious/noExplicitAny: In is invariant, so only any stands for every event
export type AnyEventType = EventType<string, any, any>

/** An event as its consumers see it: whatever its name and whatever its publisher gives, with these fields. */
// biome-ignore lint/suspicious/noExplicitAny: In is invariant and none of a consumer's concern
export type ConsumedEvent<Fields> = EventType<string, any, Fields>

/** What {@link defineEvent} needs to know of an event. */
export interface EventOptions<In, Out> {
  /** 1, 2, 3 …; raised when a change of the schema would break a consumer. New optional fields need no new version. */
  readonly version: number
  /** Describes the data. Its output is stored and parsed again where it is consumed, so parsing it twice must not change it. */
  readonly schema: Schema<In, Out>
  /** The thing the event is about, such as an order's id: 1 to 512 characters. Events of one key keep their order. */
  readonly key: (data: NoInfer<Out>) => string
  readonly description?: string
  /** For each older version still in the log, the step to the next: `{ 1: (old) => newer }`. Stored events are never rewritten. */
  // biome-ignore lint/suspicious/noExplicitAny: an older version's shape is no longer described by any type here
  readonly upcast?: Record<number, (old: any) => unknown>
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/**
 * Declares a kind of event.
 *
 * @param name `service.fact-in-the-past` in kebab-case, such as `orders.order-placed`.
 * @throws {DefinitionInvalid} The name, version or an upcast step is not usable.
 */
export function defineEvent<const Name extends string, In, Out>(name: Name, options: EventOptions<In, Out>): EventType<Name, In, Out> {
  const subject = `event ${name}`
  if (!namePattern.test(name))
    throw new DefinitionInvalid({
      subject,
      reason: 'its name is not service.fact in kebab-case',
      remedy: 'Name it like orders.order-placed.',
    })
  if (!Number.isSafeInteger(options.version) || options.version < 1)
    throw new DefinitionInvalid({ subject, reason: `version ${options.version} is not 1, 2, 3 …`, remedy: 'Count versions from 1.' })
  if (!isSchema(options.schema)) throw new DefinitionInvalid({ subject, ...noSchema('its schema') })
  const upcast = options.upcast ?? {}
  checkSteps(subject, Object.keys(upcast), options.version)
  return eventType(
    {
      name,
      service: name.slice(0, name.indexOf('.')),
      version: options.version,
      description: options.description,
      schema: options.schema,
      upcast,
      keyOf: options.key as (data: unknown) => string,
    },
    undefined,
  )
}

/** Each step leads one version on, so none may be missing between the first and the newest version. */
function checkSteps(subject: string, steps: readonly string[], version: number): void {
  for (const from of steps) {
    if (!/^[1-9][0-9]*$/.test(from) || Number(from) >= version) {
      throw new DefinitionInvalid({
        subject,
        reason: `it upcasts from version ${from} but is version ${version}`,
        remedy: 'Upcast from older versions only.',
      })
    }
    const next = Number(from) + 1
    if (next < version && !steps.includes(String(next))) {
      throw new DefinitionInvalid({
        subject,
        reason: `it upcasts from version ${from} to ${next}, from where no step leads on`,
        remedy: `Add the step from ${next}.`,
      })
    }
  }
}

type Declared<Name extends string> = Pick<EventType<Name>, 'name' | 'service' | 'version' | 'description' | 'schema' | 'upcast' | 'keyOf'>

function eventType<Name extends string, In, Fields>(
  declared: Declared<Name>,
  fields: readonly string[] | undefined,
): EventType<Name, In, Fields> {
  return Object.freeze({
    ...declared,
    fields,
    pick: <K extends keyof Fields & string>(...picked: K[]) => eventType<Name, In, Pick<Fields, K>>(declared, [...new Set(picked)].sort()),
  })
}
