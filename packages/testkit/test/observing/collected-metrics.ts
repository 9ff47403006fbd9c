import { metrics } from '@opentelemetry/api'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

/** One figure: of a gauge its value, of a histogram how often it was fed. */
export interface Figure {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
}

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/** Registers the SDK as a program does, and answers what collects the figures of a metric. */
export function collectMetrics(): (name: string) => Promise<readonly Figure[]> {
  const reader = new Reader()
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  return async (name) => {
    const { resourceMetrics, errors } = await reader.collect()
    if (errors.length > 0) throw new AggregateError(errors, 'Some figures could not be looked up.')
    const found = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name)
    return (found?.dataPoints ?? []).map(({ attributes, value }) => ({
      attributes,
      value: typeof value === 'number' ? value : (value as { count: number }).count,
    }))
  }
}
