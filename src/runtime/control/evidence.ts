import { readFileSync, statSync } from 'node:fs';
import type { Evidence } from '../../identity/enrol.ts';

/** What a proxy has to be attested with when it has no SVID; asked for each time, because tokens are short-lived. */
export type EvidenceSource = () => Evidence;

export interface EvidenceOptions {
  /** File of a token of an issuer that control believes, renewed by whoever writes it; undefined = none. */
  readonly tokenFile: string | undefined;
  /** Control is told who we are, and believes it: on the machine of one developer. */
  readonly development: boolean;
}

export const EVIDENCE_USAGE = `--attest-token-file FILE (or WEFT_TOKEN_FILE) holds a token of an issuer that control believes (docs/identity.md), in place of
the token of a join bundle; it is read whenever an identity is needed. --attest-development asks a control that runs
with the same flag to believe who we say we are: for development on one machine only.`;

/** Longer than any token that control reads. */
const MAX_BYTES = 16 * 1024;

/** The evidence that the options name, if any. */
export function evidenceSource({ tokenFile, development }: EvidenceOptions): EvidenceSource | undefined {
  if (tokenFile !== undefined) return () => ({ kind: 'token', token: readToken(tokenFile) });
  return development ? () => ({ kind: 'development' }) : undefined;
}

/** What the command line and the environment say of evidence. */
export function evidenceOptions(
  values: {
    readonly 'attest-token-file'?: string | undefined;
    readonly 'attest-development'?: boolean | undefined;
  },
  env: Readonly<Record<string, string | undefined>>,
): EvidenceOptions {
  const tokenFile = values['attest-token-file'] ?? env.WEFT_TOKEN_FILE;
  const development = values['attest-development'] ?? false;
  if (tokenFile !== undefined && development)
    throw new Error('--attest-token-file and --attest-development are two ways to an identity: give one');
  return { tokenFile, development };
}

/** The flags, for parseArgs. */
export const EVIDENCE_FLAGS = {
  'attest-token-file': { type: 'string' },
  'attest-development': { type: 'boolean' },
} as const;

function readToken(path: string): string {
  if (statSync(path).size > MAX_BYTES) throw new Error(`${path} is longer than ${MAX_BYTES} bytes`);
  const token = readFileSync(path, 'utf8').trim();
  if (token === '') throw new Error(`${path} is empty`);
  return token;
}
