import type { ValueMatch } from '../../src/match/value-match.ts';
import type { Attribute, Condition, Policy } from '../../src/snapshot/policy.ts';

/** A request as the policies of a generated workload see it. */
export interface PlainCaller {
  /** Of a verified peer. */
  readonly peer:
    | { readonly domain: string; readonly namespace: string; readonly account: string }
    | undefined;
  readonly method: string;
  readonly path: string;
  /** As it is written, port and all. */
  readonly authority: string;
  /** One entry a line, lower-case names. */
  readonly headers: readonly (readonly [string, string])[];
  readonly sni: string | undefined;
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

/** The trust domain of generated meshes, of which cluster.local is another name. */
export const plainTrustDomain = 'weft.example';

/** `allowed`, or what a denial says of itself: Istio's rules read from top to bottom, rule by rule. */
export function plainVerdict(policies: readonly Policy[], caller: PlainCaller): string {
  const inForce = policies.filter(({ dryRun }) => !dryRun);
  for (const policy of inForce) {
    if (policy.action !== 'DENY') continue;
    const [rule] = holdingRules(policy, caller);
    if (rule !== undefined) {
      const [namespace, name] = policy.name.split('/');
      return `rbac_access_denied_matched_policy[ns[${namespace}]-policy[${name}]-rule[${rule}]]`;
    }
  }
  const allows = inForce.filter(({ action }) => action === 'ALLOW');
  const allowed = allows.length === 0 || allows.some((policy) => holdingRules(policy, caller).length > 0);
  return allowed ? 'allowed' : 'rbac_access_denied_matched_policy[none]';
}

/** Which rules of a policy hold. */
export function holdingRules({ action, rules }: Policy, caller: PlainCaller): number[] {
  const holds = (condition: Condition) => conditionHolds(condition, caller, action !== 'ALLOW');
  const any = (groups: readonly (readonly Condition[])[]) =>
    groups.length === 0 || groups.some((group) => group.every(holds));
  return [...rules.keys()].filter((i) => {
    const rule = rules[i];
    return rule !== undefined && any(rule.from) && any(rule.to) && rule.when.every(holds);
  });
}

/** Whether one of the values of an attribute is what is asked for; `alike` compares whatever the case. */
export function plainMatch(wanted: ValueMatch, value: string, alike = false): boolean {
  const fold = (text: string) => (alike ? text.toLowerCase() : text);
  switch (wanted.kind) {
    case 'exact':
      return fold(value) === fold(wanted.value);
    case 'prefix':
      return fold(value).slice(0, wanted.value.length) === fold(wanted.value);
    case 'suffix':
      return value.length >= wanted.value.length && fold(value).endsWith(fold(wanted.value));
    case 'present':
      return value.length > 0;
    case 'port':
      return Number(value) === wanted.value;
    case 'cidr':
      return inBlock(wanted.value, value);
    case 'template':
      return fits(wanted.value, value);
    default:
      throw new Error(`${wanted.kind} is not generated`);
  }
}

/** Every spelling of an attribute; none when it is missing. */
export function plainValues(attribute: Attribute, caller: PlainCaller): string[] {
  const { peer } = caller;
  const given = (value: string | undefined) => (value === undefined ? [] : [value]);
  switch (attribute.kind) {
    case 'source.principal': {
      if (peer === undefined) return [];
      const path = `/ns/${peer.namespace}/sa/${peer.account}`;
      const own = peer.domain === plainTrustDomain ? [`cluster.local${path}`] : [];
      return [`${peer.domain}${path}`, ...own];
    }
    case 'source.namespace':
      return given(peer?.namespace);
    case 'source.serviceAccount':
      return given(peer && `${peer.namespace}/${peer.account}`);
    case 'source.trustDomain':
      return given(peer?.domain);
    case 'source.ip':
      return [caller.address];
    case 'request.method':
      return [caller.method];
    case 'request.path':
      return [caller.path];
    case 'request.host':
      return [caller.authority, caller.authority.replace(/:\d+$/, '')];
    case 'request.header':
      return linesOf(caller, attribute.name);
    case 'destination.port':
      return [String(caller.port)];
    case 'connection.sni':
      return given(caller.sni);
    default:
      throw new Error(`${attribute.kind} is not generated`);
  }
}

function linesOf({ headers }: PlainCaller, name: string): string[] {
  return headers.filter(([own]) => own === name).map(([, value]) => value);
}

/**
 * Of a repeated header every line must be good where that lets somebody in, and any one of them, or all joined,
 * is bad enough where it keeps somebody out.
 */
function conditionHolds({ attribute, values, notValues }: Condition, caller: PlainCaller, denies: boolean) {
  const found = plainValues(attribute, caller);
  const alike = attribute.kind === 'request.host';
  const isOne = (wanted: readonly ValueMatch[]) => (value: string) =>
    wanted.some((match) => plainMatch(match, value, alike));
  const holdsFor = (wanted: readonly ValueMatch[], wide: boolean) => {
    if (attribute.kind !== 'request.header' || found.length < 2) return found.some(isOne(wanted));
    return wide ? [...found, found.join(',')].some(isOne(wanted)) : found.every(isOne(wanted));
  };
  const wanted = values.length === 0 || holdsFor(values, denies);
  return wanted && !(notValues.length > 0 && holdsFor(notValues, !denies));
}

function inBlock(block: string, address: string): boolean {
  const [base = '', length = '32'] = block.split('/');
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(base) / size) === Math.floor(number(address) / size);
}

/** `{*}` takes some characters but no slash, `{**}` any. */
function fits(template: string, path: string): boolean {
  if (template === '') return path === '';
  if (template.startsWith('{**}'))
    return [...Array(path.length + 1).keys()].some((i) => fits(template.slice(4), path.slice(i)));
  if (!template.startsWith('{*}'))
    return path[0] === template[0] && path !== '' && fits(template.slice(1), path.slice(1));
  const end = path.indexOf('/') < 0 ? path.length : path.indexOf('/');
  return [...Array(end).keys()].some((i) => fits(template.slice(3), path.slice(i + 1)));
}
