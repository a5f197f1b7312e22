import type { ValueMatch } from '../../src/match/value-match.ts';
import type { Attribute, Condition, Policy, Rule } from '../../src/snapshot/policy.ts';
import { type PlainCaller, plainMatch, plainTrustDomain, plainValues } from './plain-authorization.ts';
import type { Seeded } from './seeded.ts';

/** Policies of one workload, and for each of their rules a caller for whom it holds. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly witnesses: readonly Witness[];
}

export interface Witness {
  /** Where the rule stands. */
  readonly policy: number;
  readonly rule: number;
  readonly caller: PlainCaller;
}

const DOMAINS = [plainTrustDomain, plainTrustDomain, 'other.example'] as const;
const NAMESPACES = ['shop', 'sho', 'shop-a', 'default'] as const;
const ACCOUNTS = ['cart', 'car', 'cart-v2', 'web'] as const;
const METHODS = ['GET', 'GET', 'POST', 'get', 'PUT'] as const;
const SEGMENTS = ['a', 'b', 'ab', 'A', 'a.b', 'admin'] as const;
const HOSTS = ['app', 'app.example', 'a.app.example', 'app:8080', 'app.example:80'] as const;
const NAMES = ['x-team', 'x-role', 'x-n'] as const;
const VALUES = ['x', 'y', 'xy', '', 'X', 'x,y', 'admin'] as const;
const SNIS = [undefined, 'app', 'a.app'] as const;
const ADDRESSES = ['10.0.0.1', '10.0.1.1', '192.168.4.9', '1.2.3.4'] as const;
const PORTS = [8080, 9090, 808] as const;

/** Of one workload's policies; ALLOW alone is what many have. */
const ACTIONS: readonly (readonly Policy['action'][])[] = [
  ['ALLOW'],
  ['ALLOW', 'AUDIT'],
  ['ALLOW', 'DENY', 'AUDIT'],
  ['DENY'],
];

const plainKinds = [
  'source.principal',
  'source.namespace',
  'source.serviceAccount',
  'source.trustDomain',
  'source.ip',
  'request.method',
  'request.path',
  'request.path',
  'request.host',
  'destination.port',
  'connection.sni',
] as const;

/** Few or many policies whose rules overlap. Most of their rules ask for the same attributes, as in life. */
export function drawPolicySet(draw: Seeded): PolicySet {
  const rules = draw.pick([1, 2, 2, 4, 6, 6, 10, 10, 20, MANY]);
  const actions = draw.pick(ACTIONS);
  const style = rules === MANY ? crowded : drawStyle(draw);
  const policies: Policy[] = [];
  const witnesses: Witness[] = [];
  for (let made = 0; made < rules; ) {
    const own = Array.from({ length: 1 + draw.below(Math.min(6, rules - made)) }, () => drawCaller(draw));
    const action = draw.pick(actions);
    const rulesOf = own.map((caller, i) => drawRule(draw, caller, i, style));
    witnesses.push(...own.map((caller, rule) => ({ policy: policies.length, rule, caller })));
    policies.push({
      name: `ns/p${policies.length}`,
      source: `p${policies.length}`,
      action,
      dryRun: draw.below(10) === 0,
      rules: rulesOf,
    });
    made += own.length;
  }
  return { policies, witnesses };
}

/** A caller of these policies: somebody near one for whom a rule holds, or anybody. */
export function drawNear(draw: Seeded, { witnesses }: PolicySet): PlainCaller {
  const other = drawCaller(draw);
  if (draw.below(4) === 0) return other;
  const { caller } = draw.pick(witnesses);
  const changed = draw.pick([
    'peer',
    'method',
    'path',
    'authority',
    'headers',
    'sni',
    'address',
    'port',
  ] as const);
  if (changed === 'headers' && draw.below(2) === 0)
    return { ...caller, headers: [...caller.headers, [draw.pick(NAMES), draw.pick(VALUES)]] };
  if (changed === 'path' && draw.below(2) === 0)
    return { ...caller, path: caller.path + draw.pick(['/', '/a', 'b', '/admin/x']) };
  return { ...caller, [changed]: other[changed] };
}

/** Anybody. */
export function drawCaller(draw: Seeded): PlainCaller {
  const peer = { domain: draw.pick(DOMAINS), namespace: draw.pick(NAMESPACES), account: draw.pick(ACCOUNTS) };
  const headers = Array.from({ length: draw.below(4) }, () => [draw.pick(NAMES), draw.pick(VALUES)] as const);
  const segments = Array.from({ length: 1 + draw.below(3) }, () => draw.pick(SEGMENTS));
  return {
    peer: draw.below(5) === 0 ? undefined : peer,
    method: draw.pick(METHODS),
    path: `/${segments.join('/')}${draw.below(4) === 0 ? '/' : ''}`,
    authority: draw.pick(HOSTS),
    headers,
    sni: draw.pick(SNIS),
    address: draw.pick(ADDRESSES),
    port: draw.pick(PORTS),
  };
}

/** How the rules of a set are. */
interface Style {
  /** Most of them want one value, as in life. */
  readonly plain: boolean;
  /** What most of them ask about. */
  readonly favourites: readonly Attribute[];
}

const MANY = 40;
/** More rules than two attributes have values together. */
const crowded: Style = {
  plain: true,
  favourites: [{ kind: 'source.namespace' }, { kind: 'request.method' }],
};

function drawStyle(draw: Seeded): Style {
  const favourites = Array.from({ length: 1 + draw.below(3) }, () => drawAttribute(draw));
  return { plain: draw.below(2) === 0, favourites };
}

/** A rule that holds for the caller, by one of the groups of each of its parts. */
function drawRule(draw: Seeded, caller: PlainCaller, i: number, style: Style): Rule {
  const attribute = () => (draw.below(4) === 0 ? drawAttribute(draw) : draw.pick(style.favourites));
  const group = (of: PlainCaller) =>
    Array.from({ length: 1 + draw.below(2) }, () => drawCondition(draw, attribute(), of, style));
  const part = () => {
    if (!style.plain && draw.below(5) === 0) return [];
    const others = Array.from({ length: draw.below(3) }, () => group(drawCaller(draw)));
    return draw.below(2) === 0 ? [group(caller), ...others] : [...others, group(caller)];
  };
  const when = draw.below(4) === 0 ? group(caller) : [];
  return { source: `r${i}`, from: part(), to: part(), when };
}

/** A condition that holds for the caller whatever the action. */
function drawCondition(draw: Seeded, attribute: Attribute, caller: PlainCaller, { plain }: Style): Condition {
  const found = plainValues(attribute, caller);
  const lines = attribute.kind === 'request.header' ? found : found.slice(0, 1);
  const strangers = plainValues(attribute, { ...drawCaller(draw), peer: somebody }).concat('zz');
  const spellings = [...found, found.join(',')];
  const alike = attribute.kind === 'request.host';
  const notValues = strangers
    .map((value) => drawMatch(draw, attribute, value, plain))
    .filter((match) => !spellings.some((value) => plainMatch(match, value, alike)));
  const others = draw.below(2) === 0 ? [drawMatch(draw, attribute, draw.pick(strangers), plain)] : [];
  const holding = lines.map((value) => holdingMatch(draw, attribute, value, plain));
  if (found.length > 0 && (plain || draw.below(4) > 0) && holding.every((match) => match !== undefined))
    return { attribute, values: [...others, ...holding], notValues: draw.below(4) === 0 ? notValues : [] };
  const excluded: ValueMatch[] = notValues.length > 0 ? notValues : [{ kind: 'exact', value: 'zzz' }];
  return { attribute, values: [], notValues: addressed(attribute, excluded) };
}

const somebody = { domain: plainTrustDomain, namespace: 'shop', account: 'cart' } as const;

/** Undefined where nothing can be asked for that this value is. */
function holdingMatch(
  draw: Seeded,
  attribute: Attribute,
  value: string,
  plain: boolean,
): ValueMatch | undefined {
  const match = drawMatch(draw, attribute, value, plain);
  return plainMatch(match, value, attribute.kind === 'request.host') ? match : undefined;
}

function drawMatch(draw: Seeded, attribute: Attribute, value: string, plain: boolean): ValueMatch {
  if (attribute.kind === 'source.ip') {
    const address = value === 'zz' ? '9.9.9.9' : value;
    return { kind: 'cidr', value: draw.below(2) === 0 ? address : `${address}/${draw.pick([8, 23, 31])}` };
  }
  if (attribute.kind === 'destination.port')
    return { kind: 'port', value: value === 'zz' ? 1 : Number(value) };
  const written = attribute.kind === 'request.host' && draw.below(2) === 0 ? value.toUpperCase() : value;
  if (plain && draw.below(6) > 0) return { kind: 'exact', value: written };
  const kind = draw.below(attribute.kind === 'request.path' ? 12 : 9);
  if (kind < 5) return { kind: 'exact', value: written };
  if (kind < 7) return { kind: 'prefix', value: written.slice(0, draw.below(written.length + 1)) };
  if (kind === 7) return { kind: 'suffix', value: written.slice(draw.below(written.length + 1)) };
  if (kind === 8) return { kind: 'present' };
  return { kind: 'template', value: value.replace(/[^/]+/, kind === 9 ? '{**}' : '{*}') };
}

/** Nothing but blocks is asked of an address, and nothing but a number of a port. */
function addressed(attribute: Attribute, matches: readonly ValueMatch[]): ValueMatch[] {
  const fits = matches.filter(({ kind }) => {
    if (attribute.kind === 'source.ip') return kind === 'cidr';
    return attribute.kind === 'destination.port' ? kind === 'port' : true;
  });
  if (fits.length > 0) return fits;
  return [attribute.kind === 'source.ip' ? { kind: 'cidr', value: '9.9.9.9' } : { kind: 'port', value: 1 }];
}

function drawAttribute(draw: Seeded): Attribute {
  if (draw.below(5) === 0) return { kind: 'request.header', name: draw.pick(NAMES) };
  return { kind: draw.pick(plainKinds) };
}
