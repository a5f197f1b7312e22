import type { Socket } from 'node:net';
import type { Cancellation } from '../ports.ts';
import { type DialTarget, dial } from './dial.ts';
import { turnTime } from './end-of-turn.ts';
import type { HostAddresses } from './host-addresses.ts';
import { UpstreamConnection, type UpstreamOwner } from './upstream-connection.ts';

/** Bounds of the connections kept for reuse. */
export interface PoolLimits {
  /** Below what servers use (Node closes after 5 s), so that we close first. */
  readonly idleMs: number;
  /** Idle connections per upstream. */
  readonly idlePerKey: number;
  /** How long an upstream may take nothing of a request that waits for it. */
  readonly stallMs: number;
}

export const DEFAULT_POOL_LIMITS: PoolLimits = { idleMs: 4_000, idlePerKey: 128, stallMs: 60_000 };

/** Connections to upstreams by key; only those with the same key serve each other's requests. */
export class UpstreamPool {
  readonly #limits: PoolLimits;
  readonly #names: HostAddresses | undefined;
  readonly #shelves = new Map<string, Shelf>();
  /** Those of shelves that were cleared, too. */
  readonly #open = new Set<UpstreamConnection>();
  readonly #timer: ReturnType<typeof setInterval>;

  /** `names` stands for what this process knows of names. */
  constructor(limits: PoolLimits = DEFAULT_POOL_LIMITS, names?: HostAddresses) {
    this.#limits = limits;
    this.#names = names;
    const often = Math.min(limits.idleMs, limits.stallMs) / 4;
    this.#timer = setInterval(() => this.#sweep(), Math.max(10, often));
    this.#timer.unref();
  }

  /** An idle connection, the most recently used first. */
  take(key: string): UpstreamConnection | undefined {
    return this.#shelves.get(key)?.take(turnTime() - this.#limits.idleMs);
  }

  /** A new connection; rejects with a TransportError. */
  async connect(
    key: string,
    target: DialTarget,
    signal: Cancellation | undefined,
  ): Promise<UpstreamConnection> {
    const socket = await dial(target, signal, this.#names);
    const shelf = this.#shelf(key);
    return shelf.open(socket);
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
    const shelf = this.#shelves.get(key) ?? new Shelf(this.#limits.idlePerKey, this.#open);
    this.#shelves.set(key, shelf);
    return shelf;
  }

  #sweep(): void {
    const now = performance.now();
    for (const [key, shelf] of this.#shelves) {
      shelf.evict(now - this.#limits.idleMs);
      if (shelf.empty) this.#shelves.delete(key);
    }
    for (const one of this.#open) one.sweep(now, this.#limits.stallMs);
  }
}

/** The idle connections of one key. */
class Shelf implements UpstreamOwner {
  readonly #limit: number;
  readonly #idle: UpstreamConnection[] = [];
  readonly #all: Set<UpstreamConnection>;
  #count = 0;
  #closed = false;

  /** `all` is told of every connection that exists, idle or busy. */
  constructor(limit: number, all: Set<UpstreamConnection>) {
    this.#limit = limit;
    this.#all = all;
  }

  get size(): number {
    return this.#idle.length;
  }

  /** Whether there is no connection, idle or busy. */
  get empty(): boolean {
    return this.#count === 0;
  }

  open(socket: Socket): UpstreamConnection {
    const connection = new UpstreamConnection(socket, this);
    this.#all.add(connection);
    this.#count++;
    return connection;
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
    connection.idleSince = turnTime();
    this.#idle.push(connection);
  }

  closed(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    this.#count--;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
