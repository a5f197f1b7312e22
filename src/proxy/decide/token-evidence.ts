import type { CanonicalRequest } from '../../http/message.ts';
import type { RequestAuth, VerifiedToken } from '../../identity/jwt/token-verdict.ts';
import type { JwtRule } from '../../snapshot/jwt-rule.ts';
import type { Context } from './chain.ts';
import { claimHeader } from './claim.ts';
import type { Direction } from './connection.ts';
import type { Edit } from './decision.ts';
import type { Authenticated } from './evidence.ts';
import { type FoundToken, removeTokens } from './token-places.ts';

/** Whether a token fills headers (outputPayloadToHeader, outputClaimToHeaders). */
export function fillsHeaders(rule: JwtRule): boolean {
  return rule.outputPayloadToHeader !== undefined || rule.outputClaimToHeaders.length > 0;
}

/** The names of headers that a token fills. */
export function headersFilled({ outputPayloadToHeader, outputClaimToHeaders }: JwtRule): string[] {
  const claims = outputClaimToHeaders.map(({ header }) => header);
  return outputPayloadToHeader === undefined ? claims : [...claims, outputPayloadToHeader];
}

/** The request with what the tokens say of it, and without the tokens themselves unless they are to be forwarded. */
export function identified<D extends Direction>(
  evidence: Authenticated<D>,
  rule: JwtRule,
  tokens: readonly FoundToken[],
  verdicts: readonly VerifiedToken[],
  { trace }: Context,
): Authenticated<D> {
  const removed = rule.forwardOriginalToken ? NO_EDITS : removeTokens(evidence.request, tokens);
  let { request } = evidence;
  for (let i = 0; i < removed.length; i++) {
    const edit = removed[i];
    if (edit?.kind === 'query') request = { ...request, query: edit.value };
  }
  const filled = fillsHeaders(rule) ? verdicts.flatMap((verdict) => outputEdits(rule, verdict)) : NO_EDITS;
  const edits = joined(joined(evidence.edits, removed), filled);
  const requestAuth = verdicts[verdicts.length - 1]?.auth;
  if (trace !== undefined) {
    const principal = requestAuth?.principal;
    const who = principal === undefined ? 'nobody by name' : `${principal.issuer}/${principal.subject}`;
    trace.add({ step: 'authenticate', verdict: 'match', text: `the token is ${who}'s`, source: rule.source });
  }
  return proven(evidence, request, edits, requestAuth);
}

/** The evidence with the edits, and who asks. */
export function proven<D extends Direction>(
  { direction, connection, peer, responseEdits }: Authenticated<D>,
  request: CanonicalRequest,
  edits: readonly Edit[],
  requestAuth: RequestAuth | undefined,
): Authenticated<D> {
  // Objects of up to six members cost least.
  const known = { direction, request, connection, edits, peer, requestAuth };
  return responseEdits === undefined ? known : { ...known, responseEdits };
}

const NO_EDITS: readonly Edit[] = [];

function joined(first: readonly Edit[], second: readonly Edit[]): readonly Edit[] {
  if (second.length === 0) return first;
  return first.length === 0 ? second : [...first, ...second];
}

/** outputPayloadToHeader and outputClaimToHeaders. */
function outputEdits(
  { outputPayloadToHeader, outputClaimToHeaders }: JwtRule,
  { payload, auth }: VerifiedToken,
): readonly Edit[] {
  const edits: Edit[] = [];
  if (outputPayloadToHeader !== undefined)
    edits.push({ kind: 'add', name: outputPayloadToHeader, value: payload });
  for (const { header, claim } of outputClaimToHeaders) {
    const value = claimHeader(auth.claims, claim);
    if (value !== undefined) edits.push({ kind: 'add', name: header, value });
  }
  return edits;
}
