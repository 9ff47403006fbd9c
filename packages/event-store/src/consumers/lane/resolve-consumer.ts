import { type ConsumerOptions, DefinitionInvalid, type Service } from '@tidings/core'

/** A consumer's options with every default filled in. */
export interface ConsumerConfig {
  readonly name: string
  readonly formerly: string | undefined
  readonly batchSize: number
  readonly unknown: 'stop' | 'park' | 'skip'
  readonly attempts: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  readonly handlerTimeoutMs: number
  readonly leaseMs: number
  readonly stuckAfterMs: number
  readonly retire: readonly string[]
}

/**
 * Fills in the defaults of a service's consumer.
 *
 * @throws {DefinitionInvalid} An option is out of its range; all faults are listed.
 */
export function resolveConsumer(service: Service): ConsumerConfig {
  const options: ConsumerOptions = service.consumer
  const config: ConsumerConfig = {
    name: options.name ?? service.contract.name,
    formerly: options.formerly,
    batchSize: options.batchSize ?? 1_000,
    unknown: options.unknown ?? 'stop',
    attempts: options.retry?.attempts ?? 10,
    retryBaseMs: options.retry?.baseMs ?? 100,
    retryMaxMs: options.retry?.maxMs ?? 10_000,
    handlerTimeoutMs: options.handlerTimeoutMs ?? 30_000,
    leaseMs: options.leaseMs ?? 5_000,
    stuckAfterMs: options.stuckAfterMs ?? 60_000,
    retire: options.retire ?? [],
  }
  const faults = [
    inRange('batchSize', config.batchSize, 1, 1_000),
    inRange('retry.attempts', config.attempts, 1, 100),
    inRange('retry.baseMs', config.retryBaseMs, 0, 3_600_000),
    inRange('retry.maxMs', config.retryMaxMs, 0, 3_600_000),
    inRange('handlerTimeoutMs', config.handlerTimeoutMs, 1, 3_600_000),
    inRange('leaseMs', config.leaseMs, 100, 3_600_000),
    inRange('stuckAfterMs', config.stuckAfterMs, 1, 86_400_000),
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(config.name) ? undefined : `name "${config.name}" is not in kebab-case`,
  ].filter((fault) => fault !== undefined)
  if (faults.length > 0) {
    throw new DefinitionInvalid({
      subject: `consumer of ${service.contract.name}`,
      reason: faults.join('; '),
      remedy: 'Correct the consumer options of the service.',
    })
  }
  return config
}

function inRange(name: string, value: number, least: number, most: number): string | undefined {
  return Number.isFinite(value) && value >= least && value <= most ? undefined : `${name} is ${value}, not ${least} to ${most}`
}
