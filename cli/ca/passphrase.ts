import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { givenProtection, type KeyProtection, protectionBy } from '../../src/runtime/store/key-protection.ts';
import { CommandError, exitCode } from '../exit-code.ts';

export interface ProtectionFlags {
  readonly passphraseFile?: string;
}

/**
 * What wraps keys: what the flags or the environment give, else a passphrase asked for on the terminal, `twice` for a
 * new one. Undefined where there is no terminal to ask on.
 */
export async function askedProtection(
  { passphraseFile }: ProtectionFlags,
  twice: boolean,
): Promise<KeyProtection | undefined> {
  const given = usable(() => givenProtection(process.env, passphraseFile));
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) return undefined;
  const passphrase = await hidden('Passphrase of the authority: ');
  if (twice && (await hidden('Again: ')) !== passphrase)
    throw new CommandError('the two passphrases differ', exitCode.badInput);
  return usable(() => protectionBy(passphrase));
}

/** The same; exit 64 where nothing is given. */
export async function neededProtection(flags: ProtectionFlags, twice: boolean): Promise<KeyProtection> {
  const protection = await askedProtection(flags, twice);
  if (protection !== undefined) return protection;
  throw new CommandError(
    'a key is needed to wrap the keys of the authority: --passphrase-file FILE, WEFT_CA_PASSPHRASE or WEFT_CA_KEK',
    exitCode.usage,
  );
}

function usable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), exitCode.badInput);
  }
}

/** A line that nobody sees being typed. */
async function hidden(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
