import type { Schema } from './schema.ts'

/**
 * Who may call an operation: anyone; anyone, who is known where a good credential comes along (`optional`); anyone known; or
 * holders of all the scopes named.
 */
export type Access = 'public' | 'optional' | 'authenticated' | { readonly scopes: readonly string[] }

/** The public HTTP route of an operation. A plain string means: answer 200, declared errors 422. */
export interface HttpRoute {
  /** Method and path, such as `GET /orders/:orderId`. */
  readonly route: string
  /** Status of a good answer. @default 200 */
  readonly status?: number
  /** Status for each declared error. A number `retryAfterMs` among its facts is told in `Retry-After` as well. @default 422 */
  readonly errors?: Readonly<Record<string, number>>
  /**
   * True where the body may be a form (`application/x-www-form-urlencoded`) as well, its fields texts: as a standard asks. A
   * browser sends forms to any site, so only for what needs no cookie. @default false
   */
  readonly takesForms?: boolean
}

/** A direct request that a service answers. */
export interface Operation<In = unknown, HandlerIn = unknown, HandlerOut = unknown, Out = unknown, Errors = unknown> {
  readonly kind: 'query' | 'command'
  readonly input: Schema<unknown, unknown>
  readonly output: Schema<unknown, unknown>
  readonly errors: Readonly<Record<string, Schema<unknown, unknown>>>
  readonly access: Access | undefined
  readonly http: HttpRoute | undefined
  /** How long a caller waits, and how long the handler may take, in milliseconds. */
  readonly timeoutMs: number
  /** False where no answer may be kept for an idempotency key. */
  readonly keepsAnswer: boolean
  readonly description: string | undefined
  /** Types only; never present at run time. */
  readonly '~types'?: { in: In; handlerIn: HandlerIn; handlerOut: HandlerOut; out: Out; errors: Errors }
}

/** An operation of any types. */
// biome-ignore lint/suspicious/noExplicitAny: stands for every operation, which unknown cannot in both directions
export type AnyOperation = Operation<any, any, any, any, any>

/** The types that an operation carries: what its caller and its handler give and get. */
export type TypesOf<D> =
  D extends Operation<infer In, infer HandlerIn, infer HandlerOut, infer Out, infer Errors>
    ? { in: In; handlerIn: HandlerIn; handlerOut: HandlerOut; out: Out; errors: Errors }
    : never

/** What {@link query} and {@link command} need to know of an operation. */
export interface OperationOptions<I extends Schema, O extends Schema> {
  /** Checked where the request is answered. Fields it does not know are refused. */
  readonly input: I
  /** Checked where the request is answered and again where it was asked. */
  readonly output: O
  /** Who may call. An operation served over HTTP must say so. */
  readonly access?: Access
  /** A public route, such as `POST /orders`, next to the internal one. */
  readonly http?: string | HttpRoute
  /** @default 2000 */
  readonly timeoutMs?: number
  /**
   * False for a command whose answer must not be kept, such as one that holds a token: it takes no notice of idempotency
   * keys, is never repeated by a client, and runs again at each request. @default true
   */
  readonly keepsAnswer?: boolean
  readonly description?: string
}

/** The facts that each declared error carries: as `ctx.fail` takes them, and as a caller gets them. */
export type ErrorDetails<E> = { [K in keyof E]: E[K] extends Schema<infer In, infer Out> ? { given: In; detail: Out } : never }

/** The signature of {@link query} and {@link command}. Errors are what `ctx.fail` may name, each with the schema of its facts. */
export interface DefineOperation {
  // biome-ignore lint/complexity/noBannedTypes: {} is "declares no errors", as keyof sees it
  <I, HI, HO, O>(options: OperationOptions<Schema<I, HI>, Schema<HO, O>>): Operation<I, HI, HO, O, {}>
  <I, HI, HO, O, E extends Record<string, Schema>>(
    options: OperationOptions<Schema<I, HI>, Schema<HO, O>> & { errors: E },
  ): Operation<I, HI, HO, O, ErrorDetails<E>>
}

/** Declares an operation that reads. It may be retried, and its handler cannot write or publish. */
export const query: DefineOperation = (options: OperationOptions<Schema, Schema> & { errors?: Record<string, Schema> }): AnyOperation =>
  operation('query', options)

/** Declares an operation that changes something. It is retried only with an idempotency key. */
export const command: DefineOperation = (options: OperationOptions<Schema, Schema> & { errors?: Record<string, Schema> }): AnyOperation =>
  operation('command', options)

function operation(
  kind: 'query' | 'command',
  options: OperationOptions<Schema, Schema> & { errors?: Record<string, Schema> },
): AnyOperation {
  return Object.freeze({
    kind,
    input: options.input,
    output: options.output,
    errors: options.errors ?? {},
    access: options.access,
    http: typeof options.http === 'string' ? { route: options.http } : options.http,
    timeoutMs: options.timeoutMs ?? 2_000,
    keepsAnswer: options.keepsAnswer ?? true,
    description: options.description,
  })
}
