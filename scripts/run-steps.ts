import { spawn } from 'node:child_process'

/** One command of a run. */
export interface Step {
  readonly name: string
  /** The program, found as pnpm finds it, and its arguments. */
  readonly command: readonly [string, ...string[]]
  /** `live` passes everything through; `on-failure` shows what the command wrote only if it failed. */
  readonly output: 'live' | 'on-failure'
}

interface Outcome {
  readonly step: Step
  readonly passed: boolean
  readonly seconds: number
}

/** Runs every step, also after one has failed, sums up at the end and sets the exit code. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const outcomes: Outcome[] = []
  for (const step of steps) outcomes.push(await runStep(step))

  const failed = outcomes.filter((outcome) => !outcome.passed)
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0).toFixed(1)
  if (failed.length === 0) {
    console.log(`\nAll ${outcomes.length} steps passed in ${seconds} s.`)
    return
  }
  console.log(`\n${failed.length} of ${outcomes.length} steps failed in ${seconds} s:`)
  for (const { step } of failed) console.log(`  ${step.name}: ${step.command.join(' ')}`)
  process.exitCode = 1
}

async function runStep(step: Step): Promise<Outcome> {
  const live = step.output === 'live'
  const start = performance.now()
  if (live) console.log(`\n${step.name}`)

  const { passed, written } = await run(step)

  const seconds = (performance.now() - start) / 1000
  console.log(`${passed ? '✓' : '✗'} ${step.name.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s`)
  if (!passed && !live) console.log(`\n${written.trimEnd()}\n`)
  return { step, passed, seconds }
}

function run(step: Step): Promise<{ passed: boolean; written: string }> {
  const [program, ...args] = step.command
  const live = step.output === 'live'
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'] })
    let written = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
    child.on('error', (error) => resolve({ passed: false, written: `${written}\n${error.message}` }))
    child.on('close', (code) => resolve({ passed: code === 0, written }))
  })
}
