export type { MongoServerOptions } from './connection/options.ts'
