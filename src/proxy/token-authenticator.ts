import { type FetchDocument, inlineKeys, RemoteKeys, type TokenKeys } from '../identity/jwt/remote-keys.ts';
import type { TokenVerdict } from '../identity/jwt/token-verdict.ts';
import { TokenVerifier } from '../identity/jwt/token-verifier.ts';
import type { Clock, Log } from '../runtime/ports.ts';
import type { JwtRule } from '../snapshot/jwt-rule.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { TokenAnswers } from './decide/answers.ts';
import type { TokenQuestion } from './decide/decision.ts';
import { type KeyFetchCount, KeyFetchCounts } from './key-fetch-counts.ts';
import type { TokenSource } from './learn.ts';

/** What tokens are judged with. */
export interface TokenAuthenticatorDeps {
  readonly fetch: FetchDocument;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly log: Log;
}

/**
 * Judges tokens for a proxy. Keys and verified tokens outlive a snapshot: they belong to what a rule says, not to the
 * snapshot that says it.
 */
export class TokenAuthenticator implements TokenSource {
  readonly #deps: TokenAuthenticatorDeps;
  readonly #fetches = new KeyFetchCounts();
  /** By what the rule demands. */
  #verifiers = new Map<string, TokenVerifier>();
  /** By source and timeout: rules may share keys. */
  #remote = new Map<string, RemoteKeys>();
  #byRule = new WeakMap<JwtRule, TokenVerifier>();
  /** Of the rule that was asked about last: mostly there is but one. */
  #last: { readonly rule: JwtRule; readonly verifier: TokenVerifier } | undefined;

  constructor(deps: TokenAuthenticatorDeps) {
    this.#deps = deps;
  }

  /** Since the process began. */
  get fetches(): KeyFetchCount[] {
    return this.#fetches.read();
  }

  verdict(rule: JwtRule, token: string, now: number): TokenVerdict | undefined {
    const last = this.#last;
    const verifier = last !== undefined && last.rule === rule ? last.verifier : this.#verifierOf(rule);
    return verifier.known(token, now);
  }

  async learn(questions: readonly TokenQuestion[]): Promise<TokenAnswers> {
    const now = this.#deps.clock.now();
    const learned = await Promise.all(
      questions.map(async ({ rule, token }) => {
        const verdict = await this.#verifierOf(rule).judge(token, now);
        return { rule, token, verdict };
      }),
    );
    return {
      verdict: (rule, token, at) =>
        learned.find((one) => one.rule === rule && one.token === token)?.verdict ??
        this.verdict(rule, token, at),
    };
  }

  /** Forgets what the snapshot has no rule for any more. */
  retain({ inbound, inboundPassthrough, gateway }: Snapshot): void {
    const rules = [...inbound, inboundPassthrough, gateway].flatMap((listener) => listener?.jwtRules ?? []);
    const verifiers = new Set(rules.map(verifierKey));
    const remote = new Set(rules.map(remoteKey));
    this.#verifiers = new Map([...this.#verifiers].filter(([key]) => verifiers.has(key)));
    this.#remote = new Map([...this.#remote].filter(([key]) => remote.has(key)));
    this.#byRule = new WeakMap();
    this.#last = undefined;
  }

  #verifierOf(rule: JwtRule): TokenVerifier {
    const verifier = this.#byRule.get(rule) ?? this.#newVerifier(rule);
    this.#last = { rule, verifier };
    return verifier;
  }

  #newVerifier(rule: JwtRule): TokenVerifier {
    const key = verifierKey(rule);
    const verifier = this.#verifiers.get(key) ?? new TokenVerifier(rule, this.#keysOf(rule));
    this.#verifiers.set(key, verifier);
    this.#byRule.set(rule, verifier);
    return verifier;
  }

  #keysOf(rule: JwtRule): TokenKeys {
    if (rule.keys.kind === 'inline') return inlineKeys(rule.keys.jwks);
    const key = remoteKey(rule);
    const keys = this.#remote.get(key) ?? this.#fetchedKeys(rule);
    this.#remote.set(key, keys);
    return keys;
  }

  #fetchedKeys({ keys, issuer, timeoutMs }: JwtRule): RemoteKeys {
    const { fetch, clock, log } = this.#deps;
    const source = keys.kind === 'uri' ? keys.uri : issuer;
    return new RemoteKeys({
      source: keys.kind === 'uri' ? { uri: source } : { issuer },
      timeoutMs,
      fetch,
      clock,
      onSuccess: () => this.#fetches.add(source, 'ok'),
      onFailure: (uri, error) => {
        this.#fetches.add(source, 'error');
        log.warn('keys were not fetched', { uri, error: String(error) });
      },
    });
  }
}

function verifierKey({ issuer, audiences, spaceDelimitedClaims, keys, timeoutMs }: JwtRule): string {
  return JSON.stringify([issuer, audiences, spaceDelimitedClaims, keys, timeoutMs]);
}

function remoteKey({ keys, issuer, timeoutMs }: JwtRule): string {
  return JSON.stringify([keys.kind === 'discovery' ? issuer : keys, timeoutMs]);
}
