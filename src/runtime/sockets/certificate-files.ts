import { readFileSync, statSync } from 'node:fs';
import type { TerminatedTls } from '../../snapshot/gateway-server.ts';
import type { Log } from '../ports.ts';
import { type Certificates, usableCertificates } from './usable-certificates.ts';

const LOOK_AGAIN_MS = 1000;
/** No file of certificates or keys is larger. */
const MAX_BYTES = 1024 * 1024;

/** Certificates in files that may be replaced while they are used. What cannot be used never takes effect. */
export class CertificateFiles {
  readonly #tls: TerminatedTls;
  readonly #log: Log;
  /** State of the files at the last try. */
  #tried = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(tls: TerminatedTls, log: Log) {
    this.#tls = tls;
    this.#log = log;
  }

  /** The certificates, when they are new. Looks at most once a second; `now` is of `performance.now()`. */
  changed(now: number): Certificates | undefined {
    if (now - this.#lookedAt < LOOK_AGAIN_MS) return undefined;
    this.#lookedAt = now;
    const state = this.#paths.map(stateOf).join(' ');
    if (state === this.#tried) return undefined;
    this.#tried = state;
    try {
      const certificates = this.#read();
      this.#log.info('certificate loaded', { file: this.#tls.certificateFile });
      return certificates;
    } catch (error) {
      const { certificateFile: file } = this.#tls;
      this.#log.error('certificate not usable, nothing is changed', { file, error: String(error) });
      return undefined;
    }
  }

  get #paths(): readonly string[] {
    const { certificateFile, privateKeyFile, caFile } = this.#tls;
    return caFile === '' ? [certificateFile, privateKeyFile] : [certificateFile, privateKeyFile, caFile];
  }

  #read(): Certificates {
    const [chain = '', key = '', ca = ''] = this.#paths.map(readBounded);
    return usableCertificates(chain, key, this.#tls.caFile === '' ? undefined : ca);
  }
}

/** Changes when the file does, also when another file takes its place. */
function stateOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs}/${size}/${ino}`;
  } catch {
    return 'none';
  }
}

function readBounded(path: string): string {
  if (statSync(path).size > MAX_BYTES) throw new Error(`${path} is longer than ${MAX_BYTES} bytes`);
  return readFileSync(path, 'utf8');
}
