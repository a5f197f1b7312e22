import type { Interception, PortRange } from './interception.ts';

/** The one table that holds all of it: to remove it leaves nothing. */
export const TABLE = 'weft';

/** `dstnat`, a name that nft does not take for the output hook. */
const DSTNAT = -100;

/** What an address family calls things in nftables. */
interface Family {
  readonly name: 'ip' | 'ip6';
  readonly loopback: string;
}

const FAMILIES: readonly Family[] = [
  { name: 'ip', loopback: '127.0.0.0/8' },
  { name: 'ip6', loopback: '::1' },
];

/**
 * The script that `nft -f` applies in one step: an earlier table of ours is replaced, no other is touched. Every rule
 * carries why it is there. The order is that of istio-iptables: first what must never be redirected.
 */
export function ruleset(interception: Interception): string {
  const chains = [
    chain('inbound', 'prerouting', inboundRules(interception)),
    chain('outbound', 'output', outboundRules(interception)),
  ];
  return `table inet ${TABLE}\ndelete table inet ${TABLE}\ntable inet ${TABLE} {\n${chains.join('\n')}}\n`;
}

function chain(name: string, hook: string, rules: readonly string[]): string {
  const lines = [`type nat hook ${hook} priority ${DSTNAT}; policy accept;`, ...rules];
  return `  chain ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
}

function rule(match: string, verdict: string, why: string): string {
  return `${match} ${verdict} comment "${why}"`;
}

function inboundRules(one: Interception): string[] {
  const { inboundPort, inboundPorts, excludedInboundPorts, excludedInterfaces } = one;
  return [
    rule('meta l4proto != tcp', 'return', 'only TCP is intercepted'),
    rule('iif lo', 'return', 'local traffic is judged on its way out'),
    ...excludedInterfaces.map((name) => rule(`iifname "${name}"`, 'return', 'an excluded interface')),
    ...ports(excludedInboundPorts).map((set) => rule(`tcp dport ${set}`, 'return', 'excluded inbound ports')),
    ...others(inboundPorts, 'no inbound port to intercept'),
    rule('meta l4proto tcp', `redirect to :${inboundPort}`, 'to the application through the sidecar'),
  ];
}

function outboundRules(one: Interception): string[] {
  const { proxyPort, inboundPort, proxyUid, excludedInterfaces } = one;
  const ownAddress = FAMILIES.map(({ name, loopback }) =>
    rule(
      `oif lo ${name} daddr != ${loopback} meta l4proto tcp meta skuid ${proxyUid}`,
      `redirect to :${inboundPort}`,
      'the sidecar calls its own application by its address',
    ),
  );
  return [
    ...dnsRules(one),
    rule('meta l4proto != tcp', 'return', 'only TCP is intercepted'),
    ...excludedInterfaces.map((name) => rule(`oifname "${name}"`, 'return', 'an excluded interface')),
    ...ownAddress,
    rule(`meta skuid ${proxyUid}`, 'return', 'what the sidecar sends'),
    rule(`meta skgid ${one.proxyGid}`, 'return', 'what the sidecar sends'),
    rule('fib daddr type local', 'return', 'the application calls itself'),
    ...excludedRules(one),
    rule('meta l4proto tcp', `redirect to :${proxyPort}`, 'what the application calls'),
  ];
}

/** Before the loopback is let through: many resolvers listen there. */
function dnsRules({ redirectDns, dnsPort, proxyUid, proxyGid }: Interception): string[] {
  if (!redirectDns) return [];
  return ['udp', 'tcp'].map((protocol) =>
    rule(
      `meta skuid != ${proxyUid} meta skgid != ${proxyGid} ${protocol} dport 53`,
      `redirect to :${dnsPort}`,
      'names of the mesh are answered by the sidecar',
    ),
  );
}

function excludedRules(one: Interception): string[] {
  const wanted = ranges(one.outboundRanges ?? []);
  return [
    ...ports(one.excludedOutboundPorts).map((set) =>
      rule(`tcp dport ${set}`, 'return', 'excluded outbound ports'),
    ),
    ...ranges(one.excludedOutboundRanges).map(({ family, set }) =>
      rule(`${family} daddr ${set}`, 'return', 'excluded outbound ranges'),
    ),
    ...others(one.outboundPorts, 'no outbound port to intercept'),
    ...(one.outboundRanges === undefined ? [] : notIn(wanted)),
  ];
}

/** A family of which no range is named is not intercepted at all. */
function notIn(wanted: readonly { readonly family: string; readonly set: string }[]): string[] {
  return FAMILIES.map(({ name }) => {
    const named = wanted.find(({ family }) => family === name);
    const match = named ? `${name} daddr != ${named.set}` : `meta nfproto ${name === 'ip' ? 'ipv4' : 'ipv6'}`;
    return rule(match, 'return', 'no outbound range to intercept');
  });
}

/** Lets all ports but these through; undefined = none. */
function others(wanted: readonly PortRange[] | undefined, why: string): string[] {
  if (wanted === undefined) return [];
  const [set] = ports(wanted);
  return [rule(set === undefined ? 'meta l4proto tcp' : `tcp dport != ${set}`, 'return', why)];
}

/** One set, or none for no ports. */
function ports(list: readonly PortRange[]): string[] {
  if (list.length === 0) return [];
  const words = list.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return [`{ ${words.join(', ')} }`];
}

/** A set for each family that is named. */
function ranges(list: readonly string[]): { readonly family: string; readonly set: string }[] {
  return FAMILIES.flatMap(({ name }) => {
    const own = list.filter((range) => range.includes(':') === (name === 'ip6'));
    return own.length === 0 ? [] : [{ family: name, set: `{ ${own.join(', ')} }` }];
  });
}
