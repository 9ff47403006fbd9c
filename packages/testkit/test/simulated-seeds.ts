import { describeVerdict } from '../src/history/verdict.ts'
import { runSeed } from '../src/simulation/run-seed.ts'

/** Runs seeds from 1 and says of each that fails what it broke and how to run it again. */
export async function failuresOf(store: 'memory' | 'sqlite', seeds: number): Promise<readonly string[]> {
  const failures: string[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const { verdicts } = await runSeed(seed, store)
    if (verdicts.length === 0) continue
    const again = `pnpm simulate --seed ${seed} --store ${store} --verbose`
    failures.push([`seed ${seed}; again: ${again}`, ...verdicts.slice(0, 5).map(describeVerdict)].join('\n'))
  }
  return failures
}
