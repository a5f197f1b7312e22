import {
  type KeyEncryptionKey,
  unwrapKey,
  wrapKey,
  wrappedKeyShape,
} from '../../src/identity/authority/key-wrap.ts';
import type { Random } from '../../src/runtime/ports.ts';
import type { StateDirectory } from '../../src/runtime/store/state-directory.ts';

const file = 'jwt-svid-keys.json';
const label = 'weft jwt-svid keys';

export interface JwtKeyFileParts {
  readonly state: Pick<StateDirectory, 'read' | 'write'>;
  /** What wraps the keys of the authority; undefined beside a plug-in CA, whose own key lies in the clear. */
  readonly kek: KeyEncryptionKey | undefined;
  readonly random: Pick<Random, 'bytes'>;
}

/** Where the keys of JWT-SVIDs are kept: mode 0600, wrapped as the authority's are. */
export class JwtKeyFile {
  readonly #parts: JwtKeyFileParts;

  constructor(parts: JwtKeyFileParts) {
    this.#parts = parts;
  }

  /** Undefined before the first keys. Throws `key_wrap` for keys that were wrapped by another KEK. */
  async read(): Promise<string | undefined> {
    const { state, kek } = this.#parts;
    const text = state.read(file);
    if (text === undefined || kek === undefined) return text;
    return unwrapKey(wrappedKeyShape(JSON.parse(text), file), label, kek);
  }

  async write(text: string): Promise<void> {
    const { state, kek, random } = this.#parts;
    const kept = kek === undefined ? text : JSON.stringify(await wrapKey(text, label, kek, random));
    state.write(file, kept);
  }
}
