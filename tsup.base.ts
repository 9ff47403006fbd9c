import type { Options } from 'tsup'

/** How every package is built: one ES module per public entry, with its declarations and source maps. */
export function buildOf(entry: Record<string, string>): Options {
  return {
    entry,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    dts: true,
    sourcemap: true,
    // An error carries the name of its class; the bundler may otherwise rename one.
    keepNames: true,
    clean: true,
    // `node:sqlite` exists with its prefix only.
    removeNodeProtocol: false,
  }
}
