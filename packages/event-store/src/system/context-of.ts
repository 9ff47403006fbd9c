import type { CopyTable, Json, Logger, Service } from '@tidings/core'

/** The context of `system.in` where the service's own types are not known: everything is checked when it runs. */
export interface SystemContext {
  /** The service's database handle. */
  readonly db: unknown
  /** The service's settings, validated at start. */
  readonly settings: unknown
  /** The service's copies, by name. */
  readonly copies: Readonly<Record<string, CopyTable<Record<string, Json>>>>
  /** The services that this one may call. */
  readonly call: Readonly<Record<string, Readonly<Record<string, (input: unknown) => Promise<unknown>>>>>
  readonly signal: AbortSignal
  /** Writes a line to the service's log, with facts beside it. */
  readonly log: Pick<Logger, 'info'>
  /** A new UUID. */
  newId(): string
  /** Stages one of the service's events in the transaction. */
  publish(event: string, data: unknown): Promise<void>
}

/** The names of the services in a system. */
export type NameOf<S extends readonly Service[]> = S[number]['contract']['name']

/** What a handler of the service of that name is given; a {@link SystemContext} where its types are not known. */
export type ContextOf<S extends readonly Service[], Name> =
  Extract<S[number], { readonly contract: { readonly name: Name } }> extends Service<infer _Contract, infer Context>
    ? unknown extends Context
      ? SystemContext
      : Context
    : never

/** The names of the copies of the service of that name: those kept by the library, and hand-written ones as on the service map. */
export type CopyNameOf<S extends readonly Service[], Name> =
  ContextOf<S, Name> extends { readonly copies: infer Copies } ? (keyof Copies & string) | `copy ${string}` : string
