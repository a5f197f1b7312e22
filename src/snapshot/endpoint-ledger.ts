import type { ReadStore } from '../runtime/ports.ts';
import { sameBytes } from './canonical-bytes.ts';
import type { EndpointRecord } from './endpoint.ts';
import { verifyEndpointRecord } from './endpoint-record.ts';
import { readIfPresent } from './read-publication.ts';
import type { VerifyingKey } from './signing-key.ts';
import { SnapshotError } from './snapshot-error.ts';
import { endpointsKey } from './store-key.ts';

/** A verified record that was not in force when it was read. */
export interface FreshRecord {
  readonly record: EndpointRecord;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Held {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** False once the snapshot no longer names the service: its reader may have dropped the endpoints. */
  inForce: boolean;
}

/** Which record of each service is in force, so that none is ever replaced by an older one. */
export class EndpointLedger {
  readonly #held = new Map<string, Held>();

  /** The service's record if it is news; undefined if there is none or it is in force. Throws SnapshotError. */
  async read(
    store: ReadStore,
    service: string,
    keys: readonly VerifyingKey[],
  ): Promise<FreshRecord | undefined> {
    const bytes = await readIfPresent(store, endpointsKey(service));
    const held = this.#held.get(service);
    if (bytes === undefined || (held?.inForce && sameBytes(held.bytes, bytes))) return undefined;
    const record = await verifyEndpointRecord(bytes, keys, { service });
    if (held !== undefined && !isNews(held, record.sequence, bytes)) {
      throw new SnapshotError(
        'E_ROLLBACK',
        `endpoints of ${service}: ${record.sequence} does not follow ${held.sequence}`,
      );
    }
    return { record, bytes };
  }

  /** Puts a record in force; false if a later one came first. */
  accept({ record, bytes }: FreshRecord): boolean {
    const held = this.#held.get(record.service);
    if (held !== undefined && !isNews(held, record.sequence, bytes)) return false;
    this.#held.set(record.service, { sequence: record.sequence, bytes, inForce: true });
    return true;
  }

  /** Keeps the floor of services that the snapshot no longer names, but lets their record be told again. */
  retain(services: readonly string[]): void {
    const named = new Set(services);
    for (const [service, held] of this.#held) if (!named.has(service)) held.inForce = false;
  }
}

function isNews(held: Held, sequence: number, bytes: Uint8Array): boolean {
  if (sequence > held.sequence) return true;
  return !held.inForce && sequence === held.sequence && sameBytes(held.bytes, bytes);
}
