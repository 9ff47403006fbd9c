import { type InspectColor, styleText } from 'node:util'
import { number, plural, seconds } from './format.ts'
import { bar } from './month-chart.ts'

/** Where the demo writes. */
export interface Screen {
  /** A step of the story. */
  step(step: number, text: string): void
  /** A heading without a number. */
  heading(text: string): void
  /** One line below a heading. */
  line(text?: string): void
  /** A bar on a terminal; elsewhere one line when it ends. */
  progress(total: number): Progress
  /** Colours on a terminal, plain text elsewhere and where `NO_COLOR` is set. */
  paint(colour: InspectColor | readonly InspectColor[], text: string): string
}

/** How far something is. Only one runs at a time, and no other line is written before it ends. */
interface Progress {
  update(done: number): void
  end(done: number): void
}

/** What is needed of a stream to write to it. */
export interface ScreenStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const barWidth = 32

/** Writes for a person: aligned below numbered steps. */
export function createScreen(stream: ScreenStream & NodeJS.WritableStream = process.stdout): Screen {
  // styleText looks at the stream itself, and at NO_COLOR and FORCE_COLOR.
  const paint: Screen['paint'] = (colour, text) => styleText(colour as InspectColor, text, { stream })
  const line = (text = ''): void => void stream.write(text === '' ? '\n' : `   ${text}\n`)

  return {
    paint,
    line,
    step: (step, text) => void stream.write(`\n${paint('cyan', String(step))}  ${paint('bold', text)}\n`),
    heading: (text) => void stream.write(`\n   ${paint('bold', text)}\n`),
    progress(total) {
      const start = performance.now()
      let drawnAt = Number.NEGATIVE_INFINITY
      const draw = (done: number): void => {
        const perSecond = number(Math.round(done / ((performance.now() - start) / 1000)))
        const width = number(total).length
        const full = bar(done / Math.max(1, total), barWidth)
        const rest = '░'.repeat(barWidth - full.length)
        stream.write(
          `\r\x1b[K   ${paint('cyan', full)}${paint('dim', rest)}  ${number(done).padStart(width)} of ${number(total)}, ${perSecond} per second`,
        )
      }
      return {
        update(done) {
          if (stream.isTTY !== true || performance.now() - drawnAt < 50) return
          drawnAt = performance.now()
          draw(done)
        },
        end(done) {
          const took = performance.now() - start
          if (stream.isTTY === true) {
            draw(done)
            stream.write('\n')
          } else line(`${plural(done, 'order')} in ${seconds(took)}, ${number(Math.round(done / (took / 1000)))} per second`)
        },
      }
    },
  }
}
