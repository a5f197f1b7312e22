import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { IsDenied } from '../../src/identity/attest/attestor.ts';
import { LifeCaps } from '../../src/identity/attest/life-caps.ts';
import { SpentTokens } from '../../src/identity/attest/spent-tokens.ts';
import { JoinTokens } from '../../src/identity/authority/join-token.ts';
import type { KeyEncryptionKey } from '../../src/identity/authority/key-wrap.ts';
import type { AllowedHosts } from '../../src/identity/jwt/key-address.ts';
import { MAX_KEY_SET } from '../../src/identity/jwt/key-set.ts';
import type { Clock, Log, Random, SwapStore } from '../../src/runtime/ports.ts';
import { fetchKeys } from '../../src/runtime/sockets/fetch-keys.ts';
import type { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import { type AttestorFile, defaultAttestors } from './attestor-file.ts';
import { type Attestors, attestorsOf } from './attestors.ts';
import { JwtAuthority } from './jwt-authority.ts';
import { JwtKeyFile } from './jwt-key-file.ts';
import { parseAttestorFile } from './read-attestor-file.ts';
import { tokenIssuers } from './token-issuers.ts';

/** What the command line says of attestation. */
export interface AttestationOptions {
  /** File of the policies of attestors; undefined = join tokens and renewal alone, without limits. */
  readonly attestors: string | undefined;
  /** Believe every caller: development on one machine. */
  readonly attestDevelopment: boolean;
  /** Hosts that keys of issuers may come from although they are not public. */
  readonly keyHosts: AllowedHosts;
}

export interface AttestationParts {
  readonly state: StateDirectory;
  readonly store: SwapStore;
  readonly trustDomain: string;
  /** The roots of this moment, PEM. */
  readonly roots: () => string;
  readonly isDenied: IsDenied;
  /** What wraps the keys of the authority; undefined beside a plug-in CA. */
  readonly kek: KeyEncryptionKey | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Who decides identities, and what signs their tokens. */
export interface Attestation {
  readonly tokens: JoinTokens;
  readonly attestors: Attestors;
  readonly jwtAuthority: JwtAuthority;
  readonly isDenied: IsDenied;
  /** To be done every hour: forgets what expired, and puts new keys into use. */
  upkeep(): Promise<void>;
}

/** Reads the policies and opens the keys of tokens. Throws what is wrong with the file, with its lines. */
export async function openAttestation(
  options: AttestationOptions,
  parts: AttestationParts,
): Promise<Attestation> {
  const { store, clock, random, log, isDenied, trustDomain } = parts;
  const { attestors: path, attestDevelopment: development, keyHosts: allowed } = options;
  const file = path === undefined ? defaultAttestors : attestorFileAt(path);
  const folder = dirname(path ?? '.');
  const readFile = (name: string) => readKeys(resolve(folder, name));
  const issuers = tokenIssuers(file, { fetch: fetchKeys({ allowed }), allowed, readFile, clock, log });
  const tokens = new JoinTokens({ store, clock, random });
  const spent = new SpentTokens(store, clock);
  const attestors = attestorsOf(file, { tokens, issuers, spent, isDenied, trustDomain, clock, development });
  if (path !== undefined) log.info('attestors read', { path, issuers: file.issuers.map(({ name }) => name) });
  if (development)
    log.warn('DEVELOPMENT ATTESTATION: whoever reaches this port gets any identity that he asks for');
  const jwtAuthority = await JwtAuthority.open({ ...parts, file: new JwtKeyFile(parts) });
  const upkeep = async () => {
    const caps = new LifeCaps(store).sweep(clock.now());
    await Promise.all([tokens.sweep(), spent.sweep(), caps, jwtAuthority.rotate()]);
  };
  return { tokens, attestors, jwtAuthority, isDenied, upkeep };
}

function attestorFileAt(path: string): AttestorFile {
  return parseAttestorFile(readFileSync(path, 'utf8'), path);
}

function readKeys(path: string): string {
  const text = readFileSync(path, 'utf8');
  if (text.length > MAX_KEY_SET) throw new Error(`${path} is longer than ${MAX_KEY_SET} characters`);
  return text;
}
