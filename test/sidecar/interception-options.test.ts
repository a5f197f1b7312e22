import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { interceptionOptions } from '../../sidecar/interception-options.ts';

describe('the options of interception', () => {
  test('are off unless they are given', () => {
    assert.deepEqual(interceptionOptions({}, {}), {
      interception: false,
      dnsPort: undefined,
      dnsServers: undefined,
    });
  });

  test('answer DNS where weft intercept sends it, unless told otherwise', () => {
    const on = { WEFT_INTERCEPTION: 'redirect' };
    assert.equal(interceptionOptions({}, on).dnsPort, 15053);
    assert.equal(interceptionOptions({ 'dns-port': '0' }, on).dnsPort, 0);
    assert.equal(interceptionOptions({ interception: 'redirect' }, {}).interception, true);
    assert.deepEqual(interceptionOptions({ interception: 'none', 'dns-port': '53' }, on), {
      interception: false,
      dnsPort: 53,
      dnsServers: undefined,
    });
  });

  test('name resolvers by address', () => {
    const { dnsServers } = interceptionOptions(
      {},
      { WEFT_DNS_SERVERS: '10.0.0.2, 10.0.0.3:5353,fd00::2,[fd00::3]:53' },
    );
    assert.deepEqual(dnsServers, [
      { address: '10.0.0.2', port: 53 },
      { address: '10.0.0.3', port: 5353 },
      { address: 'fd00::2', port: 53 },
      { address: 'fd00::3', port: 53 },
    ]);
  });

  for (const [flags, env, message] of [
    [{ interception: 'tproxy' }, {}, /--interception .* must be redirect or none, not "tproxy"/],
    [{ 'dns-port': '70000' }, {}, /--dns-port must be a port/],
    [{}, { WEFT_DNS_SERVERS: 'dns.example' }, /WEFT_DNS_SERVERS: "dns.example" is no address/],
    [{}, { WEFT_DNS_SERVERS: '10.0.0.1:0' }, /WEFT_DNS_SERVERS/],
    [{}, { WEFT_DNS_SERVERS: '[10.0.0.1]' }, /WEFT_DNS_SERVERS/],
  ] as const)
    test(`are refused by name: ${JSON.stringify({ ...flags, ...env })}`, () =>
      assert.throws(() => interceptionOptions(flags, env), message));
});
