import { authorizer } from './authorizer-shape.ts';
import { valueMatch } from './match-shape.ts';
import type { Attribute, Condition, Policy, Rule } from './policy.ts';
import { flag, list, oneOf, optional, record, type Shape, text } from './shape.ts';

type Plain = Exclude<Attribute['kind'], 'request.header' | 'request.auth.claim'>;
type Header = Extract<Attribute, { readonly kind: 'request.header' }>;
type Claim = Extract<Attribute, { readonly kind: 'request.auth.claim' }>;

/** As a table, so that a new attribute of the type does not compile without being allowed here. */
const plain: { readonly [K in Plain]: true } = {
  'source.principal': true,
  'source.namespace': true,
  'source.serviceAccount': true,
  'source.trustDomain': true,
  'source.ip': true,
  'remote.ip': true,
  'request.method': true,
  'request.path': true,
  'request.host': true,
  'request.auth.principal': true,
  'request.auth.audiences': true,
  'request.auth.presenter': true,
  'destination.ip': true,
  'destination.port': true,
  'connection.sni': true,
};

const plainShape = record<{ readonly kind: string }>({ kind: oneOf<string>(...Object.keys(plain)) });
const headerShape = record<Header>({ kind: oneOf('request.header'), name: text() });
const claimShape = record<Claim>({ kind: oneOf('request.auth.claim'), path: list(text(), 64) });

export const attribute: Shape<Attribute> = (value) => {
  if (headerShape(value) === undefined || claimShape(value) === undefined) return undefined;
  return plainShape(value);
};

const condition: Shape<Condition> = record<Condition>({
  attribute,
  values: list(valueMatch),
  notValues: list(valueMatch),
});

export const rule: Shape<Rule> = record<Rule>({
  source: text(),
  from: list(list(condition)),
  to: list(list(condition)),
  when: list(condition),
});

export const policy: Shape<Policy> = record<Policy>({
  name: text(),
  source: text(),
  action: oneOf('ALLOW', 'DENY', 'AUDIT', 'CUSTOM'),
  authorizer: optional(authorizer),
  gateways: optional(list(text())),
  dryRun: flag,
  rules: list(rule),
});
