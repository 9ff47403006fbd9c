/** One thing that every adapter of a port promises, as a test that needs no particular runner. */
export interface ConformanceCase<Subject, Capabilities = unknown> {
  /** What is guaranteed, as a sentence. */
  readonly name: string
  /** Whether the promise is made by an adapter with these capabilities. @default all make it */
  readonly requires?: (capabilities: Capabilities) => boolean
  /** Resolves when the promise is kept; rejects with what was found instead. */
  run(subject: Subject): Promise<void>
}
