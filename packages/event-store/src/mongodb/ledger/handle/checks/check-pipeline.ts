import { StatementRefused } from '@tidings/core'
import { nameFault } from './collection-name.ts'

/** Stages that only read and can run in a transaction. A stage that a later server brings is refused until it stands here. */
const stages = new Set(
  (
    '$addFields $bucket $bucketAuto $count $densify $facet $fill $geoNear $graphLookup $group $limit $lookup $match $project ' +
    '$redact $replaceRoot $replaceWith $sample $set $setWindowFields $skip $sort $sortByCount $unset $unwind'
  ).split(' '),
)

/**
 * Checks that a pipeline stays in the transaction and in the service's own collections.
 *
 * @throws {StatementRefused}
 */
export function checkPipeline(pipeline: unknown): void {
  if (!Array.isArray(pipeline)) throw refused('aggregate', 'its pipeline is no list of stages')
  for (const stage of pipeline as readonly unknown[]) checkStage(stage)
}

function checkStage(stage: unknown): void {
  const [entry, ...more] = isObject(stage) ? Object.entries(stage) : []
  if (entry === undefined || more.length > 0) throw refused('aggregate', 'a stage is no object with one field')
  const [name, options] = entry
  if (!stages.has(name)) throw refused(name, 'it would leave the transaction or the database, or is not known here')
  if (!isObject(options)) return
  if (name === '$facet') for (const pipeline of Object.values(options)) checkPipeline(pipeline)
  if (name === '$lookup' || name === '$graphLookup') {
    // An object here names another database.
    const fault = options.from === undefined ? undefined : nameFault(options.from)
    if (fault !== undefined) throw refused(`${name} from ${JSON.stringify(options.from)}`, fault)
    if (options.pipeline !== undefined) checkPipeline(options.pipeline)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(keyword: string, reason: string): StatementRefused {
  return new StatementRefused({ keyword, reason })
}
