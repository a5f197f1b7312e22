import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, Svid } from '../../identity/svid.ts';
import type { Log } from '../ports.ts';
import { writeWhole } from '../store/write-whole.ts';

/** Names as Istio's agent writes them (OUTPUT_CERTS). */
const files = { chain: 'cert-chain.pem', key: 'key.pem', roots: 'root-cert.pem' } as const;

/** The SVID, its key and the roots as files, for applications that speak TLS themselves. */
export class SvidFiles {
  readonly #folder: string;
  readonly #log: Log;
  readonly #written = new Map<string, string>();

  /** Makes the folder where it is not there, for its owner alone. */
  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Replaces what has changed, each file in one step. Roots come first: whoever reads meanwhile believes the new chain
   * already. What cannot be written stands in the log, and is tried with the next change.
   */
  readonly write = ({ chainPem, keyPem }: Svid, { rootsPem, federated = [] }: Bundle): void => {
    try {
      this.#replace(files.roots, [rootsPem, ...federated.map((one) => one.rootsPem)].join(''), 0o644);
      this.#replace(files.key, keyPem, 0o600);
      this.#replace(files.chain, chainPem, 0o644);
    } catch (error) {
      this.#written.clear();
      this.#log.error('certificates not written for the application', { error: String(error) });
    }
  };

  #replace(name: string, text: string, mode: number): void {
    if (this.#written.get(name) === text) return;
    writeWhole(join(this.#folder, name), text, mode);
    this.#written.set(name, text);
  }
}
