// Primes made by a widespread faulty library are powers of 65537 modulo each of these, so their products are too.
// A good modulus passes for one of them once in 10^8. Source: Nemec et al., "The Return of Coppersmith's Attack", 2017.
const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]

/** Whether an RSA modulus can be factored because of how its primes were made (ROCA, CVE-2017-15361). */
export function isRoca(modulus: bigint): boolean {
  return primes.every((prime) => powersOf65537(prime).has(Number(modulus % BigInt(prime))))
}

function powersOf65537(prime: number): ReadonlySet<number> {
  const base = 65_537 % prime
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * base) % prime) powers.add(power)
  return powers
}
