import { jwtVerify } from 'jose';
import { TokenAuthenticator } from '../../src/proxy/token-authenticator.ts';
import type { SlowWork } from '../call-time.ts';
import { issueTokens, type SignedWith } from './issued-tokens.ts';

/** What verifies one token after the other, none of them remembered. */
const SIDES: Readonly<Record<string, (now: number) => Promise<SlowWork>>> = {
  'jose-es256': (now) => jose('ES256', now),
  'verify-es256': (now) => ours('ES256', now),
  'jose-rs256': (now) => jose('RS256', now),
  'verify-rs256': (now) => ours('RS256', now),
};
/** A power of two. */
const TOKENS = 64;

/** What one side does; undefined where it has no such name. */
export function tokenWork(side: string, now: number): Promise<SlowWork> | undefined {
  return SIDES[side]?.(now);
}

/** A TokenAuthenticator whose rules hold their keys themselves; `now` never changes. */
export function authenticatorAt(now: number): TokenAuthenticator {
  return new TokenAuthenticator({
    fetch: () => Promise.reject(new Error('keys are inline')),
    clock: { now: () => now, sleep: () => new Promise<void>(() => undefined) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
}

async function ours(alg: SignedWith, now: number): Promise<SlowWork> {
  const { rule, tokens } = await issueTokens(alg, TOKENS, now);
  const authenticator = authenticatorAt(now);
  return inTurn(tokens, async (token) => {
    const answers = await authenticator.learn([{ rule, token }]);
    if (answers.verdict(rule, token, now)?.kind !== 'verified') throw new Error('a good token is refused');
  });
}

async function jose(alg: SignedWith, now: number): Promise<SlowWork> {
  const { rule, key, tokens } = await issueTokens(alg, TOKENS, now);
  const options = { issuer: rule.issuer, algorithms: [alg], currentDate: new Date(now) };
  return inTurn(tokens, (token) => jwtVerify(token, key, options));
}

function inTurn(tokens: readonly string[], verify: (token: string) => Promise<unknown>): SlowWork {
  let next = 0;
  return async (times) => {
    for (let i = 0; i < times; i++) await verify(tokens[next++ & (TOKENS - 1)] ?? '');
  };
}
