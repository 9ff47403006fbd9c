import { defineConfig } from 'tsup'
import { buildOf } from '../../tsup.base.ts'

export default defineConfig(
  buildOf({
    index: 'src/index.ts',
    'memory/index': 'src/memory/index.ts',
    'mongodb/index': 'src/mongodb/index.ts',
    'sqlite/index': 'src/sqlite/index.ts',
  }),
)
