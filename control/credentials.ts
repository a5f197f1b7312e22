import { credentialNamed, reference } from '../src/config/compile/credential.ts';
import { type ResourceSet, resourceSet } from '../src/config/compile/resource-set.ts';
import type { Resource } from '../src/config/resource/resource.ts';
import { formatSpiffeId, type SpiffeId, workloadId, workloadOf } from '../src/identity/spiffe.ts';
import type { SwapStore } from '../src/runtime/ports.ts';
import { credentialReferences, type DeliveredCredential } from '../src/snapshot/credential.ts';
import { readSnapshot } from '../src/snapshot/read-publication.ts';
import type { Publisher } from './publisher.ts';

export interface CredentialsParts {
  readonly publisher: Pick<Publisher, 'current'>;
  readonly store: SwapStore;
}

/** What Secrets hold, for the proxies whose configuration in force names them, and for nobody else. */
export class Credentials {
  readonly #parts: CredentialsParts;
  #resources: ResourceSet = resourceSet([]);

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
  }

  /** Takes the resources that are in force from now on. */
  configure(resources: readonly Resource[]): void {
    const kinds: ReadonlySet<string> = new Set(['Secret', 'ConfigMap']);
    this.#resources = resourceSet(resources.filter(({ kind }) => kinds.has(kind)));
  }

  /** Those that the gateways of an identity need; what is not there has empty texts. */
  async for(id: SpiffeId): Promise<readonly DeliveredCredential[]> {
    const { publisher, store } = this.#parts;
    const manifest = await publisher.current();
    if (!manifest) return [];
    const prefix = `gateway/${workloadOf(id)?.namespace}/`;
    const names = manifest.targets.map(([name]) => name).filter((name) => name.startsWith(prefix));
    const snapshots = await Promise.all(names.map((name) => readSnapshot(store, manifest, name)));
    const own = snapshots.filter(({ trustDomain, target: { namespace, serviceAccount } }) => {
      const expected = workloadId(trustDomain, namespace, serviceAccount);
      return formatSpiffeId(expected) === formatSpiffeId(id);
    });
    const pairs = new Map(
      own.flatMap(credentialReferences).map((one) => [`${one.certificate} ${one.authority}`, one]),
    );
    return [...pairs.values()].map(({ certificate, authority }) => this.#delivered(certificate, authority));
  }

  #delivered(certificate: string, authority: string): DeliveredCredential {
    const { chain = '', key = '' } = credentialNamed(certificate, this.#resources) ?? {};
    const roots = authority === '' ? '' : (credentialNamed(authority, this.#resources)?.authority ?? '');
    return { ...reference(certificate, authority, this.#resources), chain, key, roots };
  }
}
