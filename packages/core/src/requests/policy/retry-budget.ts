/** How many repetitions there may be for each call. */
const share = 0.1

/** How many repetitions there may be before enough calls were made to earn them. They are paid back first. */
const advance = 3

/** The most repetitions that a long good time can save up. */
const mostSaved = 100

/**
 * How often calls to one service may be repeated: for each ten calls once, so that repetitions cannot drown a service that is
 * down already. Of n calls at most n / 10 are repeated, or three where that is more.
 *
 * @see https://sre.google/sre-book/handling-overload/
 */
export class RetryBudget {
  #left = advance
  #owed = advance

  /** Counts a call. */
  earn(): void {
    if (this.#owed > 0) this.#owed -= share
    else this.#left = Math.min(mostSaved, this.#left + share)
  }

  /** Takes one repetition; false when there is none left. */
  spend(): boolean {
    // Tenths do not add up exactly.
    if (this.#left < 1 - 1e-6) return false
    this.#left--
    return true
  }
}
