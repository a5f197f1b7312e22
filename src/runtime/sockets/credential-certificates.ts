import type { DeliveredCredential } from '../../snapshot/credential.ts';
import type { CredentialReference } from '../../snapshot/gateway-server.ts';
import type { Log } from '../ports.ts';
import { type Certificates, usableCertificates } from './usable-certificates.ts';

/** What is held of a credential at this moment. */
export type FindCredential = (reference: CredentialReference) => DeliveredCredential | undefined;

/** Certificates of a Secret, which may be replaced while they are used. What cannot be used never takes effect. */
export class CredentialCertificates {
  readonly #find: FindCredential;
  readonly #log: Log;
  /** The last that was looked at. */
  #tried: DeliveredCredential | undefined;
  /** The version of what clients must chain to, in the certificates in use. */
  #authorityInUse = '';

  constructor(find: FindCredential, log: Log) {
    this.#find = find;
    this.#log = log;
  }

  /**
   * The certificates, when they are new; `none` where there are none any more, or where what clients must chain to is
   * not what the configuration means.
   */
  changed(reference: CredentialReference): Certificates | 'none' | undefined {
    const held = this.#find(reference);
    const stands = held !== undefined && held.authorityVersion === reference.authorityVersion;
    const next = stands && held.chain !== '' && held.key !== '' ? held : undefined;
    if (next === undefined) {
      this.#tried = undefined;
      return 'none';
    }
    if (next === this.#tried) return undefined;
    this.#tried = next;
    return this.#usable(next);
  }

  #usable(held: DeliveredCredential): Certificates | 'none' | undefined {
    const { certificate, authority, authorityVersion, chain, key, roots } = held;
    const fields = { credential: certificate };
    try {
      const certificates = usableCertificates(chain, key, authority === '' ? undefined : roots);
      this.#authorityInUse = authorityVersion;
      this.#log.info('certificate loaded', fields);
      return certificates;
    } catch (error) {
      const keeps = authorityVersion === this.#authorityInUse;
      const event = `certificate not usable, ${keeps ? 'nothing is changed' : 'nobody is let in'}`;
      this.#log.error(event, { ...fields, error: String(error) });
      return keeps ? undefined : 'none';
    }
  }
}
