import { type ProxyResponse, TransportError } from '../../proxy/forward/transport.ts';
import type { BodySource } from './body.ts';
import { type DialTarget, dial } from './dial.ts';
import type { HostAddresses } from './host-addresses.ts';
import { type H2Attempt, H2Upstream } from './h2-upstream.ts';

/** Connections without a stream are kept for half of the time that our servers wait. */
const IDLE_MS = 30_000;
/** Connections to one upstream; beyond them requests wait in the runtime. */
const MAX_SESSIONS = 32;
const PROTOCOLS = ['weft', 'h2', 'http/1.1'];

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
    signal: AbortSignal | undefined,
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
    const fresh = await orAborted(shelf.connect(target), signal);
    return fresh.send(attempt, signal);
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
    for (const one of this.sessions) if (one.usable && (best === undefined || one.open < best.open)) best = one;
    return best;
  }

  /** A new connection, shared by all who ask while it is being made. */
  async connect(target: DialTarget): Promise<H2Upstream> {
    for (;;) {
      this.#dialling ??= this.#dial(target).finally(() => {
        this.#dialling = undefined;
      });
      const fresh = await this.#dialling;
      if (fresh.usable) return fresh;
      const other = this.best();
      if (other !== undefined) return other;
      if (this.sessions.size >= MAX_SESSIONS) {
        throw new TransportError('refused-stream', false, 'too many connections to one upstream');
      }
    }
  }

  retire(): void {
    this.#retired = true;
    for (const one of this.sessions) one.retire();
  }

  async #dial(target: DialTarget): Promise<H2Upstream> {
    const { tls } = target;
    const secured = tls ? { ...target, tls: { ...tls, protocols: PROTOCOLS } } : target;
    const socket = await dial(secured, undefined, this.#names);
    if (tls !== undefined && !('alpnProtocol' in socket && socket.alpnProtocol === 'h2')) {
      socket.destroy();
      throw new TransportError('protocol', false, 'the upstream does not speak HTTP/2');
    }
    const upstream = new H2Upstream(socket, (closed) => this.sessions.delete(closed));
    this.sessions.add(upstream);
    if (this.#retired) upstream.retire();
    return upstream;
  }
}

function isUnseen(error: unknown): boolean {
  return error instanceof TransportError && error.failure === 'refused-stream' && !error.sent;
}

/** Rejects as soon as the signal fires; the connection stays for others. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new TransportError('aborted', false, 'the exchange was abandoned'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
