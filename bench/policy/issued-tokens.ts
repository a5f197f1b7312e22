import type { JwtRule } from '../../src/snapshot/jwt-rule.ts';

export type SignedWith = 'ES256' | 'RS256';

/** Tokens of one issuer, and the rule under which they hold. */
export interface Issued {
  readonly rule: JwtRule;
  readonly key: CryptoKey;
  readonly tokens: readonly string[];
}

const ISSUER = 'issuer.example';
const ALGORITHMS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  },
} as const;

/** Signs `count` tokens that are good for an hour from `now` (ms) on, each for somebody else. */
export async function issueTokens(alg: SignedWith, count: number, now: number): Promise<Issued> {
  const algorithm = ALGORITHMS[alg];
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'k', alg };
  // Some engines are slower with a key that they made themselves than with one that they were given.
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
  const tokens: string[] = [];
  for (let i = 0; i < count; i++) tokens.push(await sign(alg, pair.privateKey, i, now / 1000));
  return { rule: ruleFor(jwk), key, tokens };
}

async function sign(alg: SignedWith, key: CryptoKey, caller: number, seconds: number): Promise<string> {
  const claims = {
    iss: ISSUER,
    sub: `caller-${caller}@mesh.example`,
    aud: 'app.default.svc.cluster.local',
    iat: seconds,
    exp: seconds + 3600,
    groups: ['readers', 'writers', 'auditors'],
    scope: 'openid profile email orders:read orders:write',
  };
  const signed = [{ alg, kid: 'k', typ: 'JWT' }, claims].map(base64url).join('.');
  const signature = await crypto.subtle.sign(ALGORITHMS[alg], key, new TextEncoder().encode(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

function ruleFor(jwk: object): JwtRule {
  return {
    source: 'RequestAuthentication/default/app/jwtRules/0',
    issuer: ISSUER,
    audiences: [],
    keys: { kind: 'inline', jwks: JSON.stringify({ keys: [jwk] }) },
    places: [{ kind: 'header', name: 'authorization', prefix: 'Bearer ' }],
    forwardOriginalToken: true,
    outputClaimToHeaders: [],
    spaceDelimitedClaims: ['scope', 'permission'],
    timeoutMs: 5000,
  };
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
