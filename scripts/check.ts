import { runSteps } from './run-steps.ts'

await runSteps([
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'], output: 'on-failure' },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'], output: 'on-failure' },
  {
    name: 'import rule',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'packages', 'examples', 'bench', 'scripts'],
    output: 'on-failure',
  },
  { name: 'unused code', command: ['knip', '--no-config-hints'], output: 'on-failure' },
  { name: 'build', command: ['pnpm', '--recursive', '--no-bail', '--filter', './packages/*', 'build'], output: 'on-failure' },
  { name: 'packages', command: ['node', 'scripts/check-packages.ts'], output: 'on-failure' },
  { name: 'API reference', command: ['typedoc'], output: 'on-failure' },
])
