import { TidingsError } from '@tidings/core'

/** A reaction is new to a log that holds such events already, and does not say where to begin. Nothing was changed. */
export class StartPositionUnclear extends TidingsError {
  readonly code = 'START_POSITION_UNCLEAR'
  readonly retryable = false
  readonly event: string
  /** How many such events the log holds. */
  readonly events: number

  constructor(facts: { service: string; reaction: string; event: string; events: number; orMore: boolean }) {
    const count = `${facts.events.toLocaleString('en')}${facts.orMore ? ' or more' : ''}`
    super(
      `${facts.service} reacts to ${facts.event} for the first time, and the log holds ${count} such ${facts.events === 1 ? 'event' : 'events'} already. ` +
        `Say which is meant: on(${facts.event}, …, { from: 'beginning' }) handles them all, { from: 'now' } only those to come.`,
    )
    this.event = facts.event
    this.events = facts.events
  }
}
