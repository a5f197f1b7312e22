import { type ProxyResponse, TransportError } from '../../proxy/forward/transport.ts';
import type { Cancellation } from '../ports.ts';
import type { BodySource } from './body.ts';
import { type DialTarget, dial } from './dial.ts';
import { type H2Attempt, H2Upstream } from './h2-upstream.ts';
import type { HostAddresses } from './host-addresses.ts';

/** Connections without a stream are kept for half of the time that our servers wait. */
const IDLE_MS = 30_000;
/** Connections to one upstream. */
const MAX_SESSIONS = 64;
const PROTOCOLS = ['weft', 'h2', 'http/1.1'];
const FOREIGN_PROTOCOLS = ['h2', 'http/1.1'];

/** HTTP/2 connections to upstreams by key; only those with the same key share one. */
export class H2Pool {
  readonly #shelves = new Map<string, Shelf>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #names: HostAddresses | undefined;

  constructor(idleMs: number = IDLE_MS, names?: HostAddresses) {
    this.#names = names;
    this.#timer = setInterval(() => this.#sweep(performance.now() - idleMs), Math.max(10, idleMs / 4));
    this.#timer.unref();
  }

  /** Sends on a connection that is up, or on a new one; rejects with a TransportError. */
  async send(
    key: string,
    target: DialTarget,
    attempt: H2Attempt,
    signal: Cancellation | undefined,
  ): Promise<ProxyResponse<BodySource>> {
    const shelf = this.#shelf(key);
    const known = shelf.best();
    if (known !== undefined) {
      try {
        return await known.send(attempt, signal);
      } catch (error) {
        // A connection that was about to close: the upstream says that it has seen nothing of this.
        if (!isUnseen(error) || attempt.body?.started === true) throw error;
      }
    }
    for (;;) {
      const grown = await orAborted(shelf.grow(target), signal);
      // Taken and used in one go: others have waited for the same connection.
      const fresh = shelf.best();
      if (fresh !== undefined) return fresh.send(attempt, signal);
      if (grown.open === 0) throw new TransportError('refused-stream', false, 'the upstream takes no stream');
    }
  }

  /** Connections that are up. */
  get size(): number {
    let count = 0;
    for (const shelf of this.#shelves.values()) count += shelf.sessions.size;
    return count;
  }

  /** Takes no connection for new requests any more; those with streams close when they are over. */
  clear(): void {
    for (const shelf of this.#shelves.values()) shelf.retire();
    this.#shelves.clear();
  }

  /** The same, and stops. */
  close(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #shelf(key: string): Shelf {
    const shelf = this.#shelves.get(key) ?? new Shelf(this.#names);
    this.#shelves.set(key, shelf);
    return shelf;
  }

  #sweep(oldest: number): void {
    for (const [key, shelf] of this.#shelves) {
      for (const one of shelf.sessions) if (one.open === 0 && one.idleSince < oldest) one.retire();
      if (shelf.sessions.size === 0 && !shelf.dialling) this.#shelves.delete(key);
    }
  }
}

/** The connections of one key. */
class Shelf {
  readonly sessions = new Set<H2Upstream>();
  readonly #names: HostAddresses | undefined;
  #dialling: Promise<H2Upstream> | undefined;
  #retired = false;

  constructor(names: HostAddresses | undefined) {
    this.#names = names;
  }

  get dialling(): boolean {
    return this.#dialling !== undefined;
  }

  /** The one with the fewest streams, of those that take another. */
  best(): H2Upstream | undefined {
    let best: H2Upstream | undefined;
    for (const one of this.sessions)
      if (one.usable && (best === undefined || one.open < best.open)) best = one;
    return best;
  }

  /** One connection more, shared by all who ask while it is being made. */
  grow(target: DialTarget): Promise<H2Upstream> {
    if (this.sessions.size >= MAX_SESSIONS) {
      throw new TransportError('refused-stream', false, 'too many connections to one upstream');
    }
    this.#dialling ??= this.#dial(target).finally(() => {
      this.#dialling = undefined;
    });
    return this.#dialling;
  }

  retire(): void {
    this.#retired = true;
    for (const one of this.sessions) one.retire();
  }

  async #dial(target: DialTarget): Promise<H2Upstream> {
    const { tls } = target;
    const protocols = tls && 'sans' in tls ? PROTOCOLS : FOREIGN_PROTOCOLS;
    const secured = tls ? { ...target, tls: { ...tls, protocols } } : target;
    const socket = await dial(secured, undefined, this.#names);
    if (tls !== undefined && !('alpnProtocol' in socket && socket.alpnProtocol === 'h2')) {
      socket.destroy();
      throw new TransportError('protocol', false, 'the upstream does not speak HTTP/2');
    }
    const upstream = new H2Upstream(socket, (closed) => this.sessions.delete(closed));
    this.sessions.add(upstream);
    // Those who waited send at once; nobody comes after them.
    if (this.#retired) setTimeout(() => upstream.retire(), 0);
    return upstream;
  }
}

function isUnseen(error: unknown): boolean {
  return error instanceof TransportError && error.failure === 'refused-stream' && !error.sent;
}

/** Rejects as soon as the signal fires; the connection stays for others. */
function orAborted<T>(promise: Promise<T>, signal: Cancellation | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new TransportError('aborted', false, 'the exchange was abandoned'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
