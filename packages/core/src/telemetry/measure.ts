import {
  type Attributes,
  type BatchObservableCallback,
  type Histogram,
  type Meter,
  metrics,
  type ObservableGauge,
} from '@opentelemetry/api'
import { instrumentation } from './start-span.ts'

/** The limits of the buckets that the conventions have for requests, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** How long something takes, by the meter that the program has registered with the OpenTelemetry API. */
export class DurationHistogram {
  readonly #name: string
  readonly #description: string
  #provider: unknown
  #histogram: Histogram | undefined

  /** @param name As the conventions have it, such as `http.server.request.duration`. */
  constructor(name: string, description: string) {
    this.#name = name
    this.#description = description
  }

  /** Takes one more. Never throws. */
  record(ms: number, attributes: Attributes): void {
    const provider = metrics.getMeterProvider()
    if (provider !== this.#provider) {
      // One that is registered later counts from then on.
      this.#provider = provider
      this.#histogram = provider
        .getMeter(instrumentation)
        .createHistogram(this.#name, { description: this.#description, unit: 's', advice: { explicitBucketBoundaries: buckets } })
    }
    this.#histogram?.record(ms / 1_000, attributes)
  }
}

/** A figure that is looked up when it is asked for. */
export interface GaugeDescription {
  readonly name: string
  readonly description: string
  readonly unit: string
}

/** Tells one figure, by the name of its gauge. */
export type ReportFigure<Name extends string> = (name: Name, value: number, attributes: Attributes) => void

/**
 * Lets a registered meter ask for figures: `look` runs whenever it collects, and never where none is registered. Register the
 * meter first: one that comes later asks for nothing.
 *
 * @returns Ends the asking.
 */
export function observeGauges<G extends GaugeDescription>(
  gauges: readonly G[],
  look: (report: ReportFigure<G['name']>) => Promise<void>,
): Disposable {
  const meter: Meter = metrics.getMeter(instrumentation)
  const made = new Map<string, ObservableGauge>(
    gauges.map(({ name, description, unit }) => [name, meter.createObservableGauge(name, { description, unit })]),
  )
  const observe: BatchObservableCallback = (result) =>
    look((name, value, attributes) => {
      const gauge = made.get(name)
      if (gauge !== undefined) result.observe(gauge, value, attributes)
    })
  meter.addBatchObservableCallback(observe, [...made.values()])
  return { [Symbol.dispose]: () => meter.removeBatchObservableCallback(observe, [...made.values()]) }
}
