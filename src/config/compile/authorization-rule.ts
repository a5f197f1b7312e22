import { parseAuthorizationPath, parseAuthorizationString } from '../../match/authorization-string.ts';
import type { ValueMatch } from '../../match/value-match.ts';
import type { Attribute, Condition } from '../../snapshot/policy.ts';
import { plainConditionKeys, requestKeys } from '../resource/condition-key.ts';
import type { MeshSettings } from './mesh-settings.ts';
import type { OperationSpec, SourceSpec, WhenSpec } from './spec-parts.ts';

/** Source: one condition per field pair. Service accounts without namespace belong to the policy's. */
export function sourceConditions(source: SourceSpec, namespace: string, mesh: TrustNames): Condition[] {
  const account = (value: string) => serviceAccount(value, namespace);
  return [
    condition(
      'source.principal',
      aliased(source.principals, mesh),
      aliased(source.notPrincipals, mesh),
      principal,
    ),
    condition('request.auth.principal', source.requestPrincipals, source.notRequestPrincipals),
    condition('source.namespace', source.namespaces, source.notNamespaces, wildcard),
    condition('source.serviceAccount', source.serviceAccounts, source.notServiceAccounts, account),
    condition('source.trustDomain', source.trustDomains, source.notTrustDomains, wildcard),
    condition('source.ip', source.ipBlocks, source.notIpBlocks, cidr),
    condition('remote.ip', source.remoteIpBlocks, source.notRemoteIpBlocks, cidr),
  ].flat();
}

/** Operation: one condition per field pair. Hosts are compared whatever their case. */
export function operationConditions(operation: OperationSpec): Condition[] {
  return [
    condition('request.host', operation.hosts, operation.notHosts, host),
    condition('destination.port', operation.ports, operation.notPorts, port),
    condition('request.method', operation.methods, operation.notMethods),
    condition('request.path', operation.paths, operation.notPaths, parseAuthorizationPath),
  ].flat();
}

/** Condition of `when`; undefined for a key that a proxy cannot look at. */
export function whenCondition(
  { key, values, notValues }: WhenSpec,
  namespace: string,
  mesh: TrustNames,
): Condition | undefined {
  const attribute = whenAttribute(key);
  if (!attribute) return undefined;
  const parse = whenParser(attribute, namespace);
  const all = (list: readonly string[]) =>
    (attribute.kind === 'source.principal' ? aliased(list, mesh) : list).map(parse);
  return { attribute, values: all(values), notValues: all(notValues) };
}

/** The names of the mesh's own trust domain. */
type TrustNames = Pick<MeshSettings, 'trustDomain' | 'trustDomainAliases'>;
type Parse = (value: string) => ValueMatch;
type PlainKind = Exclude<Attribute['kind'], 'request.header' | 'request.auth.claim'>;

const plainKeys: ReadonlyMap<string, PlainKind> = new Map(plainConditionKeys.map((key) => [key, key]));

const HEADERS = 'request.headers[';
const CLAIMS = 'request.auth.claims[';

function condition(
  kind: PlainKind,
  values: readonly string[] | undefined,
  notValues: readonly string[] | undefined,
  parse: Parse = parseAuthorizationString,
): Condition[] {
  if (!values && !notValues) return [];
  return [
    { attribute: { kind }, values: (values ?? []).map(parse), notValues: (notValues ?? []).map(parse) },
  ];
}

/** What a key of a RateLimit looks at; undefined for one that a proxy cannot look at. */
export function attributeOfKey(key: string): Attribute | undefined {
  const own = requestKeys.find((one) => one === key);
  return own === undefined ? whenAttribute(key) : { kind: own };
}

function whenAttribute(key: string): Attribute | undefined {
  const plain = plainKeys.get(key);
  if (plain) return { kind: plain };
  if (!key.endsWith(']')) return undefined;
  if (key.startsWith(HEADERS))
    return { kind: 'request.header', name: key.slice(HEADERS.length, -1).toLowerCase() };
  if (!key.startsWith(CLAIMS)) return undefined;
  return { kind: 'request.auth.claim', path: key.slice(CLAIMS.length, -1).split('][') };
}

function whenParser({ kind }: Attribute, namespace: string): Parse {
  if (kind === 'source.ip' || kind === 'remote.ip' || kind === 'destination.ip') return cidr;
  if (kind === 'destination.port') return port;
  if (kind === 'source.principal') return principal;
  if (kind === 'source.serviceAccount') return (value) => serviceAccount(value, namespace);
  return kind === 'source.namespace' || kind === 'source.trustDomain' ? wildcard : parseAuthorizationString;
}

const SCHEME = 'spiffe://';
/** Stands for the mesh's own trust domain, whatever its name (Istio). */
const OWN = 'cluster.local';

function principal(value: string): ValueMatch {
  return parseAuthorizationString(withoutScheme(value));
}

function withoutScheme(value: string): string {
  return value.startsWith(SCHEME) ? value.slice(SCHEME.length) : value;
}

/** Principals of the mesh's own trust domain under each of its names; the others as they are. */
function aliased<T extends readonly string[] | undefined>(
  values: T,
  { trustDomain, trustDomainAliases }: TrustNames,
): T | string[] {
  if (values === undefined || trustDomainAliases.length === 0) return values;
  const names = [trustDomain, ...trustDomainAliases];
  const spelt = values.map(withoutScheme).flatMap((value) => {
    const slash = value.indexOf('/');
    const isOwn = slash > 0 && [OWN, ...names].includes(value.slice(0, slash));
    return isOwn ? names.map((name) => `${name}${value.slice(slash)}`) : [value];
  });
  return [...new Set(spelt)];
}

function serviceAccount(value: string, namespace: string): ValueMatch {
  return { kind: 'exact', value: value.includes('/') ? value : `${namespace}/${value}` };
}

function cidr(value: string): ValueMatch {
  return { kind: 'cidr', value };
}

function port(value: string): ValueMatch {
  return { kind: 'port', value: Number(value) };
}

function host(value: string): ValueMatch {
  const match = parseAuthorizationString(value);
  return match.kind === 'exact' || match.kind === 'prefix' || match.kind === 'suffix'
    ? { ...match, ignoreCase: true }
    : match;
}

/** Namespaces and trust domains take `*` anywhere, also in the middle. */
function wildcard(value: string): ValueMatch {
  if (!value.slice(1, -1).includes('*')) return parseAuthorizationString(value);
  const literal = (text: string) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
  return { kind: 'regex', value: value.split('*').map(literal).join('.*') };
}
