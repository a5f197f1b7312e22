import type { Cancellation } from '../ports.ts';

/**
 * Tells that the client of a connection is gone, to all its exchanges. Every request listens and lets go, which an
 * AbortSignal makes dear.
 */
export class ClientGone implements Cancellation {
  aborted = false;
  reason: unknown;
  readonly #listeners: (() => void)[] = [];

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.lastIndexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  tell(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = new DOMException('the client is gone', 'AbortError');
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
