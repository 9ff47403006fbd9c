import { execFileSync } from 'node:child_process'
import { arch, cpus, platform, totalmem } from 'node:os'
import type { Result } from './compare.ts'
import type { MemoryResult } from './memory-of-replay.ts'

/** Everything that makes a figure worth something later. */
export interface Report {
  readonly date: string
  readonly commit: string
  readonly machine: string
  readonly node: string
  readonly results: readonly Result[]
  readonly memory: MemoryResult | undefined
}

/** The report of a run that has just ended. */
export function reportOf(results: readonly Result[], memory: MemoryResult | undefined): Report {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${arch()}`,
    node: process.version,
    results,
    memory,
  }
}

/** The report as a table in Markdown. */
export function tableOf({ date, commit, machine, node, results, memory }: Report): string {
  const lines = [
    `${date}, commit ${commit}, Node ${node}, ${machine}; medians of the rounds, both sides interleaved in one run.`,
    '',
    '| what | against | at least | ratio | lowest–highest | ours/s | baseline/s |',
    '|---|---|---|---|---|---|---|',
    ...results.map(
      (one) =>
        `| ${one.name} | ${one.against} | ${one.atLeast} | ${one.ratio >= one.atLeast ? '' : '**'}${one.ratio.toFixed(2)}${one.ratio >= one.atLeast ? '' : '**'} | ${one.lowest.toFixed(2)}–${one.highest.toFixed(2)} | ${whole(one.oursPerSecond)} | ${whole(one.baselinePerSecond)} |`,
    ),
  ]
  if (memory !== undefined) {
    lines.push(
      '',
      `Memory while replaying ${whole(memory.long)} events: ${memory.longMb} MB at most, against ${memory.shortMb} MB at ${whole(memory.short)} (allowed: +${memory.atMostMb} MB).`,
    )
  }
  return `${lines.join('\n')}\n`
}

function whole(value: number): string {
  if (value < 10) return value.toFixed(2)
  return Math.round(value).toLocaleString('en')
}
