import { defineConfig } from 'vitest/config'

// Workspace packages resolve to their sources, in the test process and in every process it starts.
const conditions = ['source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['source', 'node', 'module-sync'] } },
  test: {
    // How long a test waits for a condition; a busy machine may take its time, a met condition costs nothing.
    expect: { poll: { timeout: 30_000 } },
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.int.test.ts', 'examples/*/test/**/*.test.ts'],
    globalSetup: ['scripts/mongodb-for-tests.ts'],
    pool: 'forks',
    execArgv: ['--conditions=source'],
    // Integration tests start processes of their own; more workers than this only make them wait for each other.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: true,
  },
})
