import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultInterception, type Interception } from '../../../cli/intercept/interception.ts';
import { ruleset } from '../../../cli/intercept/ruleset.ts';

/** The rules of one chain, without why they are there. */
function rules(name: string, changes: Partial<Interception> = {}): string[] {
  const text = ruleset({ ...defaultInterception, ...changes });
  const chain = text.split(`  chain ${name} {\n`)[1]?.split('  }\n')[0] ?? '';
  return chain
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/ comment ".*"$/, ''));
}

const port = (first: number, last = first) => ({ first, last });

describe('The rules of an interception', () => {
  test('replace an earlier table of ours in one step, and touch no other', () => {
    assert.match(
      ruleset(defaultInterception),
      /^table inet weft\ndelete table inet weft\ntable inet weft \{\n/,
    );
    assert.equal(ruleset(defaultInterception).match(/table/g)?.length, 3);
  });

  test('say of each why it is there', () => {
    const lines = ruleset(defaultInterception)
      .split('\n')
      .filter((line) => /return|redirect/.test(line));
    assert.deepEqual(
      lines.filter((line) => !/ comment "[a-z ,]+"$/i.test(line)),
      [],
    );
  });

  test('leave what the sidecar sends alone before anything is redirected but its own address', () => {
    const outbound = rules('outbound', { redirectDns: false });
    const own = outbound.indexOf('meta skuid 1337 return');
    const first = outbound.findIndex((line) => line.endsWith('redirect to :15001'));
    assert.ok(own !== -1 && own < first);
    for (const line of outbound.slice(0, own).filter((text) => text.includes('redirect')))
      assert.match(
        line,
        /^oif lo (ip daddr != 127\.0\.0\.0\/8|ip6 daddr != ::1) meta l4proto tcp meta skuid 1337 /,
      );
  });

  const outboundCases: readonly (readonly [string, Partial<Interception>, string])[] = [
    ['excluded ports', { excludedOutboundPorts: [port(5432)] }, 'tcp dport { 5432 } return'],
    [
      'wanted ports',
      { outboundPorts: [port(80), port(8000, 8100)] },
      'tcp dport != { 80, 8000-8100 } return',
    ],
    ['no ports at all', { outboundPorts: [] }, 'meta l4proto tcp return'],
    ['excluded ranges', { excludedOutboundRanges: ['10.0.0.0/8'] }, 'ip daddr { 10.0.0.0/8 } return'],
    ['IPv6 ranges', { excludedOutboundRanges: ['fd00::/8'] }, 'ip6 daddr { fd00::/8 } return'],
    ['wanted ranges', { outboundRanges: ['10.0.0.0/8'] }, 'ip daddr != { 10.0.0.0/8 } return'],
    ['a family of which no range is wanted', { outboundRanges: ['10.0.0.0/8'] }, 'meta nfproto ipv6 return'],
    ['interfaces', { excludedInterfaces: ['docker0'] }, 'oifname "docker0" return'],
    ['another user', { proxyUid: 1000 }, 'meta skuid 1000 return'],
    ['another port', { proxyPort: 25001 }, 'meta l4proto tcp redirect to :25001'],
  ];
  for (const [name, changes, expected] of outboundCases) {
    test(`know ${name} outbound`, () => assert.ok(rules('outbound', changes).includes(expected)));
  }

  const inboundCases: readonly (readonly [string, Partial<Interception>, string])[] = [
    ['the ports of health and metrics', {}, 'tcp dport { 15020, 15021, 15090 } return'],
    ['wanted ports', { inboundPorts: [port(80)] }, 'tcp dport != { 80 } return'],
    ['no ports at all', { inboundPorts: [] }, 'meta l4proto tcp return'],
    ['interfaces', { excludedInterfaces: ['docker0'] }, 'iifname "docker0" return'],
    ['another port', { inboundPort: 25006 }, 'meta l4proto tcp redirect to :25006'],
  ];
  for (const [name, changes, expected] of inboundCases) {
    test(`know ${name} inbound`, () => assert.ok(rules('inbound', changes).includes(expected)));
  }

  test('redirect names over UDP and TCP, or leave them alone', () => {
    const dns = (changes: Partial<Interception>) =>
      rules('outbound', changes).filter((line) => line.includes('dport 53'));
    assert.equal(dns({ dnsPort: 25053 }).length, 2);
    assert.ok(dns({ dnsPort: 25053 }).every((line) => line.endsWith('redirect to :25053')));
    assert.deepEqual(dns({ redirectDns: false }), []);
  });
});
