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
