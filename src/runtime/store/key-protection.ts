import { existsSync, readFileSync, statSync } from 'node:fs';
import { type KeyEncryptionKey, MIN_PASSPHRASE } from '../../identity/authority/key-wrap.ts';
import { decodeBase64, encodeBase64 } from '../../identity/bytes.ts';
import type { Random } from '../ports.ts';
import type { StateDirectory } from './state-directory.ts';

/** Where the key comes from that wraps keys of the authority. */
export interface KeyProtection {
  readonly kek: KeyEncryptionKey;
  /** `development`: a file beside what it protects, which keeps out nobody who can read both. */
  readonly source: 'secret' | 'passphrase' | 'development';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What was given: WEFT_CA_KEK (32 bytes, base64), a file with a passphrase (`passphraseFile` or
 * WEFT_CA_PASSPHRASE_FILE), or WEFT_CA_PASSPHRASE. Undefined = nothing. Throws with the remedy.
 */
export function givenProtection(env: Environment, passphraseFile?: string): KeyProtection | undefined {
  const { WEFT_CA_KEK: secret, WEFT_CA_PASSPHRASE: passphrase } = env;
  const file = passphraseFile ?? env.WEFT_CA_PASSPHRASE_FILE;
  const given = [secret, file, passphrase].filter((one) => one !== undefined && one !== '');
  if (given.length > 1)
    throw new Error(
      'give one of WEFT_CA_KEK, WEFT_CA_PASSPHRASE_FILE (--passphrase-file) and WEFT_CA_PASSPHRASE',
    );
  if (secret) return { kek: { kind: 'secret', secret: kekOf(secret, 'WEFT_CA_KEK') }, source: 'secret' };
  if (file) return protectionBy(passphraseIn(file));
  return passphrase ? protectionBy(passphrase) : undefined;
}

/** Takes the secrets out of an environment, so that no process that is started from here inherits them. */
export function forgetSecrets(env: Record<string, string | undefined>): void {
  for (const name of ['WEFT_CA_KEK', 'WEFT_CA_PASSPHRASE']) delete env[name];
}

/** Protection by a passphrase; throws for one that is too short. */
export function protectionBy(passphrase: string): KeyProtection {
  if (passphrase.length < MIN_PASSPHRASE)
    throw new Error(`the passphrase of the authority must have ${MIN_PASSPHRASE} characters at least`);
  return { kek: { kind: 'passphrase', passphrase }, source: 'passphrase' };
}

/** The key in a file of the state directory, made when there is none. */
export async function developmentProtection(
  state: StateDirectory,
  random: Pick<Random, 'bytes'>,
): Promise<KeyProtection> {
  const text = await state.once(developmentKek, async () => encodeBase64(random.bytes(32)));
  return { kek: { kind: 'secret', secret: kekOf(text, developmentKek) }, source: 'development' };
}

/** The file of the state directory that `developmentProtection` makes. */
export const developmentKek = 'authority.kek';

function kekOf(text: string, name: string) {
  const wrong = () => new Error(`${name} must be 32 bytes in base64: openssl rand -base64 32 makes some`);
  try {
    const secret = decodeBase64(text.trim());
    if (secret.length === 32) return secret;
  } catch {
    throw wrong();
  }
  throw wrong();
}

/** Its first line. */
function passphraseIn(file: string): string {
  if (!existsSync(file)) throw new Error(`there is no file ${file} with the passphrase of the authority`);
  if (statSync(file).size > 4096) throw new Error(`${file} is no passphrase: it is longer than 4 KiB`);
  const [line = ''] = readFileSync(file, 'utf8').split(/\r?\n/);
  return line;
}
