import type { Block } from './read-blocks.ts'

/** A command of a `console` block, with the output that the block states. */
export interface ConsoleCommand {
  /** Where it stands, such as `docs/guide/first-service.md:120`. */
  readonly place: string
  readonly command: string
  readonly expected: readonly string[]
}

/** The commands of a block: lines that begin with `$ `, going on where one ends with a backslash. */
export function consoleCommands({ file, line, text }: Block): readonly ConsoleCommand[] {
  const commands: { place: string; command: string; expected: string[] }[] = []
  let goesOn = false
  for (const [index, written] of text.trimEnd().split('\n').entries()) {
    const last = commands.at(-1)
    if (written.startsWith('$ ')) commands.push({ place: `${file}:${line + 1 + index}`, command: written.slice(2), expected: [] })
    else if (last === undefined) throw new Error(`${file}:${line + 1 + index}: a console block begins with a command.`)
    else if (goesOn) last.command += `\n${written}`
    else last.expected.push(written)
    goesOn = written.endsWith('\\')
  }
  return commands
}

/** What output must look like: `…` stands for any part of a line, and alone on its line for any lines. */
export function expectedOutput(expected: readonly string[]): RegExp {
  const lines = expected.map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}[ ]*\\n`))
  return new RegExp(`^${lines.join('')}$`)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
