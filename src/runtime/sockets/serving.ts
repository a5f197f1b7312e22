/** A connection past its handshake. */
export interface Serving {
  /** Begins to serve; `first` are bytes that were read before. */
  start(first: Uint8Array): void;
  /** Asks the client not to come back, where its protocol says that without an answer (GOAWAY). */
  retire?(): void;
  /** Takes nothing new, lets what is under way end. */
  drain(): void;
  destroy(): void;
  /** Ends what has waited too long. `now` is of `performance.now()`. */
  sweep(now: number): void;
}
