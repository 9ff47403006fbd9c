/** News on the way between processes. */
export interface TransportMessage {
  readonly topic: string
  readonly body: string
}

/** What a transport promises beyond the contract that all keep. */
export interface TransportCapabilities {
  /** Reaches subscribers in other processes. */
  readonly crossesProcesses: boolean
}

/**
 * Carries news between processes: the port that transports implement. It may lose, repeat and reorder messages; whoever
 * must not miss an event reads the log.
 */
export interface Transport {
  readonly capabilities: TransportCapabilities
  /** Hands the message on. Resolves when it was handed over, not when it arrived. */
  publish(message: TransportMessage): Promise<void>
  /** Calls `receive` for each message of the topic, until disposed. An error that it throws reaches nobody else. */
  subscribe(topic: string, receive: (message: TransportMessage) => void): Disposable
  /** Lets go of everything; nothing is received any more. */
  close(): Promise<void>
}
