import { unavailable } from './refusals/refused.ts'

/** Counts what was taken and has not ended, in all and by service. */
export class InFlight {
  readonly #most: number
  readonly #mostPerService: number
  readonly #byService = new Map<string, number>()
  #count = 0
  #waiting: (() => void)[] = []

  constructor(options: { readonly most: number; readonly mostPerService: number }) {
    this.#most = options.most
    this.#mostPerService = options.mostPerService
  }

  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count >= this.#most
  }

  begin(): void {
    this.#count++
  }

  end(): void {
    this.#count--
    if (this.#count > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Counts one more for a service. @returns Ends it. @throws {Refused} It has as many as it may. */
  beginFor(service: string): () => void {
    const count = this.#byService.get(service) ?? 0
    if (count >= this.#mostPerService) throw unavailable(`${service} has as much to do as it can. Nothing was done; ask again in a moment.`)
    this.#byService.set(service, count + 1)
    return () => this.#byService.set(service, (this.#byService.get(service) ?? 1) - 1)
  }

  /** Resolves when there is none. */
  async none(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}
