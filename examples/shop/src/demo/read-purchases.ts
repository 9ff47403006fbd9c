import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import * as z from 'zod'
import { customerId, quantity, totalCents } from '../contracts/fields.ts'
import { DemoFault } from './demo-fault.ts'

/** One line of the file. */
export interface Purchase {
  /** Its place in the file, from 1. */
  readonly row: number
  /** `1997-01-31` */
  readonly date: string
  readonly customerId: string
  readonly quantity: number
  readonly totalCents: number
}

const columns = ['date', 'customerId', 'quantity', 'totalCents']
const integer = z
  .string()
  .regex(/^-?\d+$/, 'expected a whole number')
  .transform(Number)
const line = z.object({ date: z.iso.date(), customerId, quantity: integer.pipe(quantity), totalCents: integer.pipe(totalCents) })

/**
 * Reads purchases from a CSV file with the columns date, customerId, quantity and totalCents.
 *
 * @throws {DemoFault} The file is missing, empty or holds a line that is no purchase; says which line and why.
 */
export async function readPurchases(file: string): Promise<readonly Purchase[]> {
  const records = parseRecords(file, await readText(file))
  const header = records.shift()?.record
  if (header === undefined || header.join() !== columns.join()) {
    throw new DemoFault(`${file} does not begin with the line "${columns.join()}". Give a file with these columns.`)
  }
  if (records.length === 0) throw new DemoFault(`${file} holds no purchases. Give a file with at least one line below its header.`)
  return records.map((record, index) => toPurchase(file, record, index + 1))
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new DemoFault(`The file ${file} cannot be read (${codeOf(error)}). Give the path of a CSV file: --file purchases.csv`)
  }
}

interface ParsedLine {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

function parseRecords(file: string, text: string): ParsedLine[] {
  try {
    // The library's types do not follow its option `info`, which wraps each record.
    return parse(text, { bom: true, info: true, skip_empty_lines: true }) as unknown as ParsedLine[]
  } catch (error) {
    throw new DemoFault(`${file} is not a CSV file: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function toPurchase(file: string, { record, info }: ParsedLine, row: number): Purchase {
  const parsed = line.safeParse(Object.fromEntries(columns.map((column, index) => [column, record[index]])))
  if (parsed.success) return { row, ...parsed.data }
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new DemoFault(`${file}, line ${info.lines}: ${faults}`)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
