import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The links of a document to files of the repository that are not there, or to headings that their file does not have. */
export function brokenLinks(root: string, file: string): readonly string[] {
  const text = withoutBlocks(readFileSync(join(root, file), 'utf8'))
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = '', heading] = target.split('#')
    const full = path === '' ? join(root, file) : join(root, dirname(file), path)
    if (!existsSync(full)) return [`${file}: ${target}`]
    if (heading === undefined || statSync(full).isDirectory()) return []
    return headingsOf(readFileSync(full, 'utf8')).includes(heading) ? [] : [`${file}: ${target}`]
  })
}

/** The headings of a document, as links name them. */
export function headingsOf(markdown: string): readonly string[] {
  return [...withoutBlocks(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutBlocks(markdown: string): string {
  return markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, '')
}
