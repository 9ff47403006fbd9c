/** Whether a system can do its work now, and if not, why. */
export interface Readiness {
  readonly ready: boolean
  /** Why it is not ready; empty when it is. */
  readonly reasons: readonly string[]
  /** What keeps it from nothing and is good to know: that it stands by for another instance, or that an event is tried again. */
  readonly notes: readonly string[]
}
