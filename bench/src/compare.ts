/** One thing to be measured against another that does the same work without the library. */
export interface Comparison {
  readonly name: string
  readonly against: string
  /** The ratio, ours to the baseline's in work per second, that is promised. */
  readonly atLeast: number
  /** Runs each side once, with everything made ready outside of the time taken. */
  open(): Promise<Sides>
}

/** Both sides of a comparison, ready to be run again and again. */
export interface Sides {
  /** @returns Operations per second. */
  ours(): Promise<number>
  /** @returns Operations per second. */
  baseline(): Promise<number>
  close(): Promise<void>
}

/** What a comparison came to. */
export interface Result {
  readonly name: string
  readonly against: string
  readonly atLeast: number
  /** Median of the rounds' ratios. */
  readonly ratio: number
  readonly lowest: number
  readonly highest: number
  /** Medians, in operations per second. */
  readonly oursPerSecond: number
  readonly baselinePerSecond: number
  readonly rounds: number
}

/** Runs the sides in turn, so that a machine whose speed drifts slows both, and takes the median of the ratios. */
export async function compare(comparison: Comparison, rounds: number, onRound: (round: number) => void): Promise<Result> {
  const sides = await comparison.open()
  const ours: number[] = []
  const baselines: number[] = []
  try {
    // One round of each that does not count: compiles the code and warms the caches.
    await sides.baseline()
    await sides.ours()
    for (let round = 1; round <= rounds; round++) {
      const first = round % 2 === 0
      if (first) ours.push(await sides.ours())
      baselines.push(await sides.baseline())
      if (!first) ours.push(await sides.ours())
      onRound(round)
    }
  } finally {
    await sides.close()
  }
  const ratios = ours.map((value, i) => value / (baselines[i] ?? Number.NaN))
  return {
    name: comparison.name,
    against: comparison.against,
    atLeast: comparison.atLeast,
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    oursPerSecond: median(ours),
    baselinePerSecond: median(baselines),
    rounds,
  }
}

/** Times the work, and answers operations per second. */
export async function perSecond(operations: number, work: () => Promise<void> | void): Promise<number> {
  const startedAt = performance.now()
  await work()
  return operations / ((performance.now() - startedAt) / 1_000)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** Both sides of a comparison that come from one and the same run: whichever is asked for first makes it. */
export function bothOfOneRun(run: () => Promise<{ readonly ours: number; readonly baseline: number }>): Pick<Sides, 'ours' | 'baseline'> {
  let made: Promise<{ readonly ours: number; readonly baseline: number }> | undefined
  const once = () => {
    const known = made
    made = known === undefined ? run() : undefined
    return known ?? made
  }
  return { ours: async () => (await once())?.ours ?? Number.NaN, baseline: async () => (await once())?.baseline ?? Number.NaN }
}
