import {
  type Attestor,
  type IsDenied,
  notAttested,
  type ProvenSvid,
} from '../../src/identity/attest/attestor.ts';
import { type AttestorLimits, NO_LIMITS } from '../../src/identity/attest/attestor-limits.ts';
import {
  DevelopmentAttestor,
  type DevelopmentClaim,
} from '../../src/identity/attest/development-attestor.ts';
import { JoinAttestor } from '../../src/identity/attest/join-attestor.ts';
import { type ReAttestation, ReAttestor } from '../../src/identity/attest/re-attestor.ts';
import { RenewalAttestor } from '../../src/identity/attest/renewal-attestor.ts';
import type { SpentTokens } from '../../src/identity/attest/spent-tokens.ts';
import { TokenAttestor } from '../../src/identity/attest/token-attestor.ts';
import type { TokenIssuer } from '../../src/identity/attest/token-issuer.ts';
import type { JoinTokens } from '../../src/identity/authority/join-token.ts';
import type { Clock } from '../../src/runtime/ports.ts';
import type { AttestorFile } from './attestor-file.ts';

/** Every way to an identity; one that is off refuses everybody. */
export interface Attestors {
  readonly join: Attestor<string>;
  readonly token: Attestor<string>;
  readonly renewal: Attestor<ProvenSvid>;
  readonly reAttestation: Attestor<ReAttestation>;
  readonly development: Attestor<DevelopmentClaim>;
}

export interface AttestorParts {
  readonly tokens: Pick<JoinTokens, 'redeem'>;
  readonly issuers: readonly TokenIssuer[];
  readonly spent: Pick<SpentTokens, 'spend'>;
  readonly isDenied: IsDenied;
  readonly trustDomain: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Believes everybody, on a machine of one developer. */
  readonly development: boolean;
}

/** The attestors that a file asks for. */
export function attestorsOf(file: AttestorFile, parts: AttestorParts): Attestors {
  const { tokens, trustDomain, isDenied, development } = parts;
  const { joinToken, renewal, reAttestation } = file;
  const again = { limits: limitsOf(reAttestation), windowMs: reAttestation.window, isDenied };
  return {
    join: joinToken.enabled ? new JoinAttestor(tokens, trustDomain, limitsOf(joinToken)) : OFF,
    token: new TokenAttestor(parts),
    renewal: new RenewalAttestor(limitsOf(renewal)),
    reAttestation: reAttestation.enabled ? new ReAttestor(again) : OFF,
    development: development ? new DevelopmentAttestor(trustDomain, NO_LIMITS) : OFF,
  };
}

/** Limits as they are written, those that are left out being none. */
export function limitsOf(written: {
  readonly namespaces?: readonly string[] | undefined;
  readonly serviceAccounts?: readonly string[] | undefined;
  readonly maxTtl?: number | undefined;
}): AttestorLimits {
  const { namespaces, serviceAccounts, maxTtl = NO_LIMITS.maxTtlMs } = written;
  return { namespaces, serviceAccounts, maxTtlMs: maxTtl };
}

const OFF: Attestor<unknown> = { attest: async () => notAttested('not_allowed') };
