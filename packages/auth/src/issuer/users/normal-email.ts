/** One spelling of an address that people write in several. */
export function normalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}
