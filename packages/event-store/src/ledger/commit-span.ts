import { type Ledger, startSpan, type TraceContext, type WorkSpan } from '@tidings/core'

/**
 * The end of a transaction, in the trace of what it was for.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/
 */
export function commitSpan({ capabilities, location }: Ledger, parent: TraceContext): WorkSpan {
  const attributes = {
    'db.system.name': capabilities.system ?? 'other',
    'db.namespace': location,
    'db.operation.name': 'COMMIT',
  }
  return startSpan('COMMIT', { kind: 'CLIENT', parent, attributes })
}
