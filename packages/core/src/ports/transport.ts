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
  /**
   * Hands the message on, of whatever text. Resolves when it was handed over, not when it arrived, and calls no receiver
   * before it returns.
   *
   * @throws {StoreClosed} The transport is closed.
   * @throws {StoreUnavailable} The message was not handed over.
   */
  publish(message: TransportMessage): Promise<void>
  /**
   * Calls `receive` for each message of exactly this topic, until disposed. Every subscription gets every message. An error
   * that it throws reaches nobody else.
   *
   * @throws {StoreClosed} The transport is closed.
   */
  subscribe(topic: string, receive: (message: TransportMessage) => void): Disposable
  /** Lets go of everything; no receiver is called any more. A second time does nothing. */
  close(): Promise<void>
}
