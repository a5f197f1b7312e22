import type { Clock, Log, SwapStore } from '../../src/runtime/ports.ts';
import { canonicalBytes, sameBytes } from '../../src/snapshot/canonical-bytes.ts';
import type { SigningKey } from '../../src/snapshot/signing-key.ts';
import {
  signTrustRecord,
  type TrustRecord,
  trustKey,
  verifyTrustRecord,
} from '../../src/snapshot/trust-record.ts';
import { Exclusive } from '../exclusive.ts';
import type { GatewayMirror } from '../gateway-mirror.ts';

/** What a record says besides its sequence. */
export type TrustContent = Omit<TrustRecord, 'format' | 'sequence'>;

/** Signs whom the mesh believes and puts it where proxies watch. */
export class TrustPublisher {
  readonly #store: SwapStore;
  readonly #mirror: Pick<GatewayMirror, 'putLater'>;
  readonly #key: SigningKey;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #log: Log;
  readonly #onIssuing: () => Promise<void>;
  readonly #writes = new Exclusive();
  #mirrored = 0;

  /** `onIssuing` is called when another root issues than before. */
  constructor(
    store: SwapStore,
    mirror: Pick<GatewayMirror, 'putLater'>,
    key: SigningKey,
    clock: Pick<Clock, 'now'>,
    log: Log,
    onIssuing: () => Promise<void> = async () => undefined,
  ) {
    this.#store = store;
    this.#mirror = mirror;
    this.#key = key;
    this.#clock = clock;
    this.#log = log;
    this.#onIssuing = onIssuing;
  }

  /** Resolves with the sequence once sidecars can read it; what is published already stays as it is. */
  publish(content: TrustContent): Promise<number> {
    return this.#writes.run(async () => {
      const before = await this.#current(content.trustDomain);
      if (before !== undefined && isSame(before, content)) return this.#copy(before.sequence);
      // Follows the clock, so that a control with an empty store still goes forward.
      const sequence = Math.max((before?.sequence ?? 0) + 1, this.#clock.now());
      const record = { format: 1, sequence, ...content } as const;
      await this.#store.put(trustKey, await signTrustRecord(record, this.#key));
      const { issuing, roots, denied } = content;
      this.#log.info('trust published', { sequence, issuing, roots: roots.length, denied: denied.length });
      if (before !== undefined && before.issuing !== issuing) await this.#onIssuing();
      return this.#copy(sequence);
    });
  }

  /** To the gateway's store, once; a new process does not know what is there. */
  async #copy(sequence: number): Promise<number> {
    const value = this.#mirrored === sequence ? undefined : await this.#store.get(trustKey);
    if (value !== undefined) this.#mirror.putLater([{ key: trustKey, value }]);
    this.#mirrored = sequence;
    return sequence;
  }

  async #current(trustDomain: string): Promise<TrustRecord | undefined> {
    const stored = await this.#store.get(trustKey);
    if (stored === undefined) return undefined;
    return verifyTrustRecord(stored, [this.#key], { trustDomain }).catch(() => undefined);
  }
}

function isSame(
  { format: _format, sequence: _sequence, ...before }: TrustRecord,
  now: TrustContent,
): boolean {
  return sameBytes(canonicalBytes(before), canonicalBytes(now));
}
