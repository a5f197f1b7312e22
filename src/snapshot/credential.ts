import type { CredentialReference } from './gateway-server.ts';
import type { Snapshot } from './snapshot.ts';

/** What control hands to a proxy that needs it; never part of a snapshot. PEM, empty for what is not there. */
export interface DeliveredCredential extends CredentialReference {
  /** Leaf first. */
  readonly chain: string;
  readonly key: string;
  /** What clients must chain to. */
  readonly roots: string;
}

/** What a snapshot names. */
export function credentialReferences({ gateway }: Pick<Snapshot, 'gateway'>): readonly CredentialReference[] {
  return (gateway?.servers ?? []).flatMap((server) => {
    if (!('tls' in server) || server.tls.mode === 'PASSTHROUGH') return [];
    return server.tls.credential ?? [];
  });
}
