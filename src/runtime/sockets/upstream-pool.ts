import { type DialTarget, dial } from './dial.ts';
import { UpstreamConnection, type UpstreamOwner } from './upstream-connection.ts';

/** Bounds of the connections kept for reuse. */
export interface PoolLimits {
  /** Below what servers use (Node closes after 5 s), so that we close first. */
  readonly idleMs: number;
  /** Idle connections per upstream. */
  readonly idlePerKey: number;
}

export const DEFAULT_POOL_LIMITS: PoolLimits = { idleMs: 4_000, idlePerKey: 128 };

/** Connections to upstreams by key; only those with the same key serve each other's requests. */
export class UpstreamPool {
  readonly #limits: PoolLimits;
  readonly #shelves = new Map<string, Shelf>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(limits: PoolLimits = DEFAULT_POOL_LIMITS) {
    this.#limits = limits;
    this.#timer = setInterval(() => this.#sweep(), Math.max(10, limits.idleMs / 4));
    this.#timer.unref();
  }

  /** An idle connection, the most recently used first. */
  take(key: string): UpstreamConnection | undefined {
    return this.#shelves.get(key)?.take(performance.now() - this.#limits.idleMs);
  }

  /** A new connection; rejects with a TransportError. */
  async connect(
    key: string,
    target: DialTarget,
    signal: AbortSignal | undefined,
  ): Promise<UpstreamConnection> {
    const socket = await dial(target, signal);
    const shelf = this.#shelf(key);
    shelf.open++;
    return new UpstreamConnection(socket, shelf);
  }

  /** Connections at hand. */
  get idle(): number {
    let count = 0;
    for (const shelf of this.#shelves.values()) count += shelf.size;
    return count;
  }

  /** Closes idle connections; busy ones close when their exchange is over. */
  clear(): void {
    for (const shelf of this.#shelves.values()) shelf.close();
    this.#shelves.clear();
  }

  /** Closes idle connections and stops. */
  close(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #shelf(key: string): Shelf {
    const shelf = this.#shelves.get(key) ?? new Shelf(this.#limits.idlePerKey);
    this.#shelves.set(key, shelf);
    return shelf;
  }

  #sweep(): void {
    const oldest = performance.now() - this.#limits.idleMs;
    for (const [key, shelf] of this.#shelves) {
      shelf.evict(oldest);
      if (shelf.open === 0) this.#shelves.delete(key);
    }
  }
}

/** The idle connections of one key. */
class Shelf implements UpstreamOwner {
  readonly #limit: number;
  readonly #idle: UpstreamConnection[] = [];
  #closed = false;
  /** Connections that exist, idle or busy. */
  open = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#idle.length;
  }

  take(oldest: number): UpstreamConnection | undefined {
    for (let one = this.#idle.pop(); one !== undefined; one = this.#idle.pop()) {
      if (one.usable && one.idleSince >= oldest) return one;
      one.destroy();
    }
    return undefined;
  }

  evict(oldest: number): void {
    while (this.#idle[0] !== undefined && this.#idle[0].idleSince < oldest) this.#idle.shift()?.destroy();
  }

  close(): void {
    this.#closed = true;
    for (const one of this.#idle.splice(0)) one.destroy();
  }

  idle(connection: UpstreamConnection): void {
    if (this.#closed || this.#idle.length >= this.#limit) {
      connection.destroy();
      return;
    }
    connection.idleSince = performance.now();
    this.#idle.push(connection);
  }

  closed(connection: UpstreamConnection): void {
    this.open--;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
