/** One command of a round. */
export interface Sale {
  readonly saleId: string
  readonly till: string
  readonly shelf: string
}

const tills = 5
const shelves = 3

/** The sales that one instance makes in a round: always the same for the same seed. */
export function salesOf(instance: string, count: number, next: () => number): readonly Sale[] {
  return Array.from({ length: count }, (_, i) => ({
    saleId: `${instance}-${i}`,
    till: `till ${Math.floor(next() * tills)}`,
    shelf: `shelf ${Math.floor(next() * shelves)}`,
  }))
}

/** A seeded source of numbers in [0, 1): mulberry32, by Tommy Ettinger, public domain. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
