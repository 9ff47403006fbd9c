import { runSteps } from './run-steps.ts'

// Arguments narrow the run: `pnpm test relay` runs the test files whose path contains "relay", and nothing else.
const only = process.argv.slice(2)

if (only.length > 0) {
  await runSteps([{ name: 'tests', command: ['vitest', 'run', ...only], output: 'live' }])
} else {
  await runSteps([
    // The types, and with them every case of the *.test-d.ts files.
    { name: 'types', command: ['tsc', '-p', 'tsconfig.json'], output: 'on-failure' },
    { name: 'tests', command: ['vitest', 'run'], output: 'live' },
  ])
}
