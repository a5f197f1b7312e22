/** The in-process listeners of a store. */
export class Watchers {
  readonly #listeners = new Set<(key: string) => void>();

  add(onChange: (key?: string) => void): () => void {
    // A function of its own, so that the same callback registered twice is stopped once each.
    const listener = (key: string): void => onChange(key);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls all of them in a microtask: a listener never runs inside the write that it hears of. */
  notify(key: string): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => this.#listeners.has(listener) && listener(key));
    }
  }
}
