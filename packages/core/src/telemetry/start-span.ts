import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ProxyTracer,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { spanContextOf, type TraceContext, traceContextOf } from './trace-context.ts'

/** What a span is told at its start. */
export interface SpanOptions {
  /** @default 'INTERNAL' */
  readonly kind?: keyof typeof SpanKind
  /** What the work follows from. Without it, or where it cannot be read, a trace begins. */
  readonly parent?: TraceContext
  /** True for work that runs within the program's own: then the span that is active there comes before `parent`. @default false */
  readonly inside?: boolean
  /** What else the work follows from. */
  readonly links?: readonly TraceContext[]
  readonly attributes?: Attributes
}

/** A piece of work, as a trace shows it. Where no tracing is registered it does nothing, and costs next to nothing. */
export interface WorkSpan {
  /** What requests and events take along that follow from the work. Without tracing, that of its parent. */
  readonly trace: TraceContext
  /** Whether what it is told is kept. */
  readonly isRecording: boolean
  /** Runs the work, or a part of it: spans that it starts by itself become children of this one. */
  run<R>(work: () => R): R
  /** Runs a part of the work in which no other instrumentation is to make spans or send the trace on, for that is done here. */
  runQuietly<R>(work: () => R): R
  /** Adds to what is known of the work. */
  set(attributes: Attributes): void
  /** Says that the work has failed, and of what: a code, never a message, which may hold data. */
  fail(code: string): void
  /** Ends the work. @param at When it ended, in milliseconds since 1970. @default now */
  end(at?: number): void
}

/** Under this name instrumentations look whether they are to keep quiet (`suppressTracing` in `@opentelemetry/core`). */
const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** The name that Tidings has as an instrumentation. */
export const instrumentation = 'tidings'

/** Whether a tracer is registered: whoever makes many spans can spare itself the trouble. */
export function isTracing(): boolean {
  return registeredTracer() !== undefined
}

/** Begins a span, by the tracer that the program has registered with the OpenTelemetry API. Never throws. */
export function startSpan(name: string, options: SpanOptions = {}): WorkSpan {
  const tracer = registeredTracer()
  const { kind = 'INTERNAL', parent = {}, inside = false, links = [], attributes } = options
  if (tracer === undefined) return new Untraced(parent)
  const around = inside && trace.getSpan(context.active()) !== undefined ? context.active() : contextOf(parent)
  const linked = links.flatMap((link) => {
    const found = spanContextOf(link)
    return found === undefined ? [] : [{ context: found }]
  })
  return new Traced(tracer.startSpan(name, { kind: SpanKind[kind], attributes, links: linked }, around), around)
}

/**
 * The span of the HTTP server's own instrumentation, where there is one: a second one for the same request would say nothing
 * new.
 */
export function activeServerSpan(): WorkSpan | undefined {
  if (!isTracing()) return undefined
  const active = context.active()
  const span = trace.getSpan(active)
  // The API does not tell the kind of a span, those of the SDK do. Any other active span is a leftover of whoever started the server.
  return span !== undefined && (span as { kind?: unknown }).kind === SpanKind.SERVER ? new Borrowed(span, active) : undefined
}

/** Without a registered one, the API hands out proxies that wait for one. */
function registeredTracer(): Tracer | undefined {
  const tracer = trace.getTracer(instrumentation)
  return tracer instanceof ProxyTracer ? undefined : tracer
}

/** Nothing else is taken from where the work happens to run: a loop would keep what was active when it began for ever. */
function contextOf(parent: TraceContext): Context {
  const found = spanContextOf(parent)
  return found === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, found)
}

class Traced implements WorkSpan {
  readonly #span: Span
  readonly #context: Context
  #trace: TraceContext | undefined

  constructor(span: Span, around: Context) {
    this.#span = span
    this.#context = trace.setSpan(around, span)
  }

  get trace(): TraceContext {
    this.#trace ??= traceContextOf(this.#span.spanContext())
    return this.#trace
  }

  get isRecording(): boolean {
    return this.#span.isRecording()
  }

  run<R>(work: () => R): R {
    return context.with(this.#context, work)
  }

  runQuietly<R>(work: () => R): R {
    return context.with(this.#context.setValue(suppressed, true), work)
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes)
  }

  fail(code: string): void {
    this.#span.setAttribute('error.type', code)
    this.#span.setStatus({ code: SpanStatusCode.ERROR })
  }

  end(at?: number): void {
    this.#span.end(at)
  }
}

/** Ends with whoever began it. */
class Borrowed extends Traced {
  override end(): void {}
}

class Untraced implements WorkSpan {
  readonly trace: TraceContext
  readonly isRecording = false

  constructor(parent: TraceContext) {
    this.trace = parent
  }

  run<R>(work: () => R): R {
    return work()
  }

  runQuietly<R>(work: () => R): R {
    return work()
  }

  set(): void {}

  fail(): void {}

  end(): void {}
}
