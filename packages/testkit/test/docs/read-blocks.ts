/** One fenced block of a markdown file. */
export interface Block {
  readonly file: string
  /** Of the opening fence, from 1. */
  readonly line: number
  /** The first word after the fence: `ts`, `json`, `console` … */
  readonly language: string
  /** What `title="…"` says: the name of the file that the block is. */
  readonly title: string | undefined
  /** The other words after the fence. */
  readonly marks: ReadonlySet<string>
  readonly text: string
}

const opening = /^( *)```(\S+) ?(.*)$/

/** The fenced blocks of a markdown file that name a language. */
export function readBlocks(file: string, markdown: string): readonly Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, indent, language, info] = opening.exec(lines[at] ?? '') ?? []
    if (indent === undefined || language === undefined || info === undefined) continue
    const end = lines.findIndex((line, i) => i > at && line === `${indent}\`\`\``)
    if (end === -1) throw new Error(`${file}:${at + 1}: the block has no end.`)
    blocks.push({
      file,
      line: at + 1,
      language,
      title: /title="([^"]+)"/.exec(info)?.[1],
      marks: new Set(info.split(' ').filter((word) => word !== '' && !word.startsWith('title='))),
      text: `${lines
        .slice(at + 1, end)
        .map((line) => line.slice(indent.length))
        .join('\n')}\n`,
    })
    at = end
  }
  return blocks
}
