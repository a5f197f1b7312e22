import type { DeliveredCredential } from '../../snapshot/credential.ts';
import type { CredentialReference } from '../../snapshot/gateway-server.ts';
import type { Clock, Log } from '../ports.ts';
import type { StateDirectory } from '../store/state-directory.ts';
import type { ControlConnection } from './control-connection.ts';

const file = 'credentials.json';
/** Control may learn of a Secret a moment after its configuration is published, ms. */
const againMs = 500;
const tries = 4;

export interface CredentialHolderParts {
  readonly control: Pick<ControlConnection, 'callJson'>;
  /** Where they are kept for a start without control, mode 0600; absent = nowhere. */
  readonly state?: StateDirectory | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What control hands this proxy of the Secrets that its configuration names: the last that was got stands. */
export class CredentialHolder {
  readonly #parts: CredentialHolderParts;
  #held: ReadonlyMap<string, DeliveredCredential>;
  #kept = '';
  #asked = 0;

  /** Begins with what an earlier process kept. */
  constructor(parts: CredentialHolderParts) {
    this.#parts = parts;
    this.#held = this.#restored();
  }

  readonly find = (reference: CredentialReference): DeliveredCredential | undefined =>
    this.#held.get(keyOf(reference));

  /** Asks for what these references need and is not held, again where control is behind; never rejects. */
  async refresh(references: readonly CredentialReference[], stopped: AbortSignal): Promise<void> {
    const asked = ++this.#asked;
    if (references.length === 0) return this.#hold([]);
    for (let left = tries; left > 0 && !references.every((one) => this.#isCurrent(one)); left--) {
      if (!(await this.renew()) || left === 1) return;
      await this.#parts.clock.sleep(againMs, stopped).catch(() => undefined);
      if (asked !== this.#asked || stopped.aborted) return;
    }
  }

  /** Asks for all of it anew; false when control does not give it. Never rejects. */
  async renew(): Promise<boolean> {
    const { control, log } = this.#parts;
    try {
      this.#hold(delivered(await control.callJson({ method: 'GET', path: '/v1/credentials' })));
      return true;
    } catch (error) {
      log.warn('credentials not received, those that are held stand', { error: String(error) });
      return false;
    }
  }

  #isCurrent(reference: CredentialReference): boolean {
    const held = this.find(reference);
    return held?.version === reference.version && held.authorityVersion === reference.authorityVersion;
  }

  #hold(all: readonly DeliveredCredential[]): void {
    const text = JSON.stringify({ credentials: all });
    if (text === this.#kept || (all.length === 0 && this.#held.size === 0)) return;
    this.#kept = text;
    this.#held = new Map(all.map((one) => [keyOf(one), one]));
    try {
      this.#parts.state?.write(file, text);
    } catch (error) {
      this.#parts.log.error('credentials not kept, a restart will need control', { error: String(error) });
    }
  }

  #restored(): ReadonlyMap<string, DeliveredCredential> {
    const { state, log } = this.#parts;
    try {
      const text = state?.read(file);
      if (text === undefined) return new Map();
      this.#kept = text;
      return new Map(delivered(JSON.parse(text)).map((one) => [keyOf(one), one]));
    } catch (error) {
      log.warn('stored credentials not usable', { error: String(error) });
      return new Map();
    }
  }
}

const keyOf = ({ certificate, authority }: CredentialReference): string => `${certificate} ${authority}`;

const FIELDS = ['certificate', 'authority', 'version', 'authorityVersion', 'chain', 'key', 'roots'] as const;

/** Control's answer, or what was kept of one. Throws for anything else. */
function delivered(answer: unknown): readonly DeliveredCredential[] {
  const { credentials } = Object(answer) as { readonly credentials?: unknown };
  if (!Array.isArray(credentials)) throw new TypeError('there are no credentials in it');
  return credentials.map((one: unknown) => {
    const texts = FIELDS.map((name) => [name, Object(one)[name]] as const);
    if (texts.some(([, text]) => typeof text !== 'string')) throw new TypeError('a credential is not whole');
    return Object.fromEntries(texts) as Record<(typeof FIELDS)[number], string>;
  });
}
