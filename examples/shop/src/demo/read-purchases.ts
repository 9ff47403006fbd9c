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

/** The columns, and what each expects. */
const expectations = {
  date: 'a day such as 1997-01-31',
  customerId: 'an id of 1 to 64 characters',
  quantity: 'a whole number from 1',
  totalCents: 'a whole number of cents from 0',
} as const
const columns = Object.keys(expectations) as (keyof typeof expectations)[]
const integer = z
  .string()
  .regex(/^-?\d+$/)
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
    return parse(text, { bom: true, info: true, skip_empty_lines: true, relax_column_count: true }) as unknown as ParsedLine[]
  } catch (error) {
    throw new DemoFault(`${file} is not a CSV file: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function toPurchase(file: string, { record, info }: ParsedLine, row: number): Purchase {
  if (record.length !== columns.length) {
    throw new DemoFault(`${file}, line ${info.lines}: it has ${record.length} fields; expected are ${columns.length}: ${columns.join()}`)
  }
  const fields = Object.fromEntries(columns.map((column, index) => [column, record[index] ?? '']))
  const parsed = line.safeParse(fields)
  if (parsed.success) return { row, ...parsed.data }
  const faulty = columns.filter((column) => parsed.error.issues.some(({ path }) => path[0] === column))
  const faults = faulty.map((column) => `${column} is ${quoted(fields[column] ?? '')}, expected is ${expectations[column]}`)
  throw new DemoFault(`${file}, line ${info.lines}: ${faults.join('; ')}. Correct the line and start again.`)
}

function quoted(text: string): string {
  return text === '' ? 'empty' : `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
