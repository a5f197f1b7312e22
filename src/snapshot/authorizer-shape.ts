import type { Authorizer, AuthorizerBody } from './authorizer.ts';
import { stringMatch } from './match-shape.ts';
import { duration, flag, integer, list, optional, pair, record, type Shape, text } from './shape.ts';

const names = list(stringMatch, 1000);

export const authorizer: Shape<Authorizer> = record<Authorizer>({
  name: text(),
  cluster: text(),
  timeoutMs: duration,
  pathPrefix: text(),
  failOpen: flag,
  statusOnError: integer(200, 599),
  requestHeaders: names,
  addedHeaders: list(pair(text(), text()), 1000),
  body: optional(record<AuthorizerBody>({ maxBytes: integer(1, 2 ** 32 - 1), allowPartial: flag })),
  headersToUpstream: names,
  headersOnDeny: names,
  headersOnAllow: names,
});
