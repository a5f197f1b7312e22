import type { ClaimHeader, JwtRule, KeySource, TokenPlace } from './jwt-rule.ts';
import { limit } from './limit.ts';
import { duration, flag, list, oneOf, optional, record, type Shape, text, variant } from './shape.ts';

type Of<T, K> = Extract<T, { readonly kind: K }>;

const keys: Shape<KeySource> = variant<KeySource, 'kind'>('kind', {
  inline: record<Of<KeySource, 'inline'>>({ kind: oneOf('inline'), jwks: text(limit.body) }),
  uri: record<Of<KeySource, 'uri'>>({ kind: oneOf('uri'), uri: text() }),
  discovery: record<Of<KeySource, 'discovery'>>({ kind: oneOf('discovery') }),
});

const place: Shape<TokenPlace> = variant<TokenPlace, 'kind'>('kind', {
  header: record<Of<TokenPlace, 'header'>>({ kind: oneOf('header'), name: text(), prefix: text() }),
  param: record<Of<TokenPlace, 'param'>>({ kind: oneOf('param'), name: text() }),
  cookie: record<Of<TokenPlace, 'cookie'>>({ kind: oneOf('cookie'), name: text() }),
});

export const jwtRule: Shape<JwtRule> = record<JwtRule>({
  source: text(),
  gateways: optional(list(text())),
  issuer: text(),
  audiences: list(text()),
  keys,
  places: list(place, limit.list, 1),
  forwardOriginalToken: flag,
  outputPayloadToHeader: optional(text()),
  outputClaimToHeaders: list(record<ClaimHeader>({ header: text(), claim: list(text(), 64, 1) })),
  spaceDelimitedClaims: list(text(), 128),
  timeoutMs: duration,
});
