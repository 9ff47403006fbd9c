/** Purchases as a file holds them. Some customers buy again, in other months and at once. */
export function smallFile(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => `1997-0${1 + Math.floor((row * 9) / rows)}-15,0${row % 37},1,${row * 3}`)
  return `date,customerId,quantity,totalCents\n${lines.join('\n')}\n`
}
