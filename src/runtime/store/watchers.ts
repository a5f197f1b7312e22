/** The in-process listeners of a store. */
export class Watchers {
  readonly #listeners = new Set<() => void>();

  add(onChange: () => void): () => void {
    // A function of its own, so that the same callback registered twice is stopped once each.
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls all of them in a microtask: a listener never runs inside the write that it hears of. */
  notify(): void {
    for (const listener of this.#listeners) queueMicrotask(() => this.#listeners.has(listener) && listener());
  }
}
