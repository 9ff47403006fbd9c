import type { ServiceEntry } from '@tidings/event-store'
import { columns } from './format.ts'

/** Who emits, reacts, calls and copies which fields, one line each. */
export function serviceMapLines(services: readonly ServiceEntry[]): string[] {
  return columns(services.flatMap(linesOf))
}

function linesOf({ name, emits, reacts, calls, copies }: ServiceEntry): string[][] {
  const lines = [
    ...emits.map((event) => ['emits', event, '']),
    ...reacts.map((event) => ['reacts to', event, '']),
    ...calls.map((service) => ['calls', service, '']),
    ...copies.map(({ event, fields, removes }) => [
      'copies',
      event,
      removes ? 'removes' : fields === 'all' ? 'all fields' : fields.join(', '),
    ]),
  ]
  return lines.map((line, index) => [index === 0 ? name : '', ...line])
}
