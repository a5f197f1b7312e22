import type { NamedMatch, StringMatch, ValueMatch } from '../match/value-match.ts';
import { flag, integer, oneOf, optional, record, type Shape, text, variant } from './shape.ts';

type Of<T, K> = Extract<T, { readonly kind: K }>;

const ignoreCase = optional(flag);

const stringCases = {
  exact: record<Of<StringMatch, 'exact'>>({ kind: oneOf('exact'), value: text(), ignoreCase }),
  prefix: record<Of<StringMatch, 'prefix'>>({ kind: oneOf('prefix'), value: text(), ignoreCase }),
  suffix: record<Of<StringMatch, 'suffix'>>({ kind: oneOf('suffix'), value: text(), ignoreCase }),
  regex: record<Of<StringMatch, 'regex'>>({ kind: oneOf('regex'), value: text() }),
  template: record<Of<StringMatch, 'template'>>({ kind: oneOf('template'), value: text() }),
  present: record<Of<StringMatch, 'present'>>({ kind: oneOf('present') }),
};

export const stringMatch: Shape<StringMatch> = variant<StringMatch, 'kind'>('kind', stringCases);

export const valueMatch: Shape<ValueMatch> = variant<ValueMatch, 'kind'>('kind', {
  ...stringCases,
  cidr: record<Of<ValueMatch, 'cidr'>>({ kind: oneOf('cidr'), value: text() }),
  port: record<Of<ValueMatch, 'port'>>({ kind: oneOf('port'), value: integer(0, 65535) }),
});

export const namedMatch: Shape<NamedMatch> = record<NamedMatch>({
  name: text(),
  match: optional(stringMatch),
  invert: optional(flag),
});
