import { errorTypeOf, type WorkSpan } from '@tidings/core'

/** Settles as the work does, which runs within the span; then the span ends, as failed when the work has. */
export async function withinSpan<R>(span: WorkSpan, work: () => Promise<R>, typeOf: (error: unknown) => string = errorTypeOf): Promise<R> {
  try {
    return await span.run(work)
  } catch (error) {
    span.fail(typeOf(error))
    throw error
  } finally {
    span.end()
  }
}
