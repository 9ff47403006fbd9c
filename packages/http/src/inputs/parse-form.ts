import { BadRequest } from '../failures/bad-request.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the fields of a form. @throws {BadRequest} Status 400: it is not UTF-8, or a field comes twice. */
export function parseForm(body: Buffer): unknown {
  // Without a prototype: a key like __proto__ stays a field, for the check of the input to find.
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, value] of new URLSearchParams(textOf(body))) {
    if (name in fields) throw refused(`The field ${JSON.stringify(name.slice(0, 64))} comes twice. Send each field once.`)
    fields[name] = value
  }
  return fields
}

function textOf(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch {
    throw refused('The body is not UTF-8.')
  }
}

function refused(message: string): BadRequest {
  return new BadRequest({ code: 'BODY_MALFORMED', status: 400, message })
}
