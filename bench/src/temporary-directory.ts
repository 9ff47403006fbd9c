import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for the files of one benchmark. */
export class TemporaryDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'tidings-bench-'))
  #files = 0

  /** A name that was not used before. */
  file(name: string): string {
    return join(this.path, `${name}-${this.#files++}`)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
