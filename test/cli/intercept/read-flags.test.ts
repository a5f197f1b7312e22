import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommandError } from '../../../cli/exit-code.ts';
import { defaultInterception } from '../../../cli/intercept/interception.ts';
import { type InterceptFlags, readInterception } from '../../../cli/intercept/read-flags.ts';

const flags: InterceptFlags = {
  proxyPort: 15001,
  inboundPort: 15006,
  dnsPort: 15053,
  uid: 1337,
  gid: 1337,
  inboundPorts: '*',
  excludeInboundPorts: '',
  outboundPorts: '*',
  excludeOutboundPorts: '',
  outboundRanges: '*',
  excludeOutboundRanges: '',
  excludeInterfaces: '',
  dns: true,
};

describe('The flags of an interception', () => {
  test('mean the defaults when nothing is said', () => {
    assert.deepEqual(readInterception(flags), defaultInterception);
  });

  test('are lists of ports and ranges', () => {
    const read = readInterception({
      ...flags,
      inboundPorts: '80, 8000-8100',
      excludeInboundPorts: '22',
      outboundPorts: '',
      outboundRanges: '10.0.0.0/8,fd00::/8,192.0.2.1',
      excludeInterfaces: 'docker0,br-1',
    });
    assert.deepEqual(read.inboundPorts, [
      { first: 80, last: 80 },
      { first: 8000, last: 8100 },
    ]);
    assert.deepEqual(read.excludedInboundPorts.at(-1), { first: 22, last: 22 });
    assert.equal(read.excludedInboundPorts.length, 4);
    assert.deepEqual(read.outboundPorts, []);
    assert.deepEqual(read.outboundRanges, ['10.0.0.0/8', 'fd00::/8', '192.0.2.1']);
    assert.deepEqual(read.excludedInterfaces, ['docker0', 'br-1']);
  });

  const refused: readonly (readonly [Partial<InterceptFlags>, string])[] = [
    [{ inboundPorts: '0' }, '--inbound-ports'],
    [{ inboundPorts: '65536' }, '--inbound-ports'],
    [{ excludeInboundPorts: '9-8' }, '--exclude-inbound-ports'],
    [{ outboundPorts: '80-90-100' }, '--outbound-ports'],
    [{ outboundPorts: '8e1' }, '--outbound-ports'],
    [{ excludeOutboundPorts: '80; drop' }, '--exclude-outbound-ports'],
    [{ outboundRanges: '10.0.0.0/33' }, '--outbound-ranges'],
    [{ outboundRanges: '10.0.0.0/8/8' }, '--outbound-ranges'],
    [{ outboundRanges: 'fe80::1%eth0' }, '--outbound-ranges'],
    [{ excludeOutboundRanges: 'reviews' }, '--exclude-outbound-ranges'],
    [{ excludeOutboundRanges: '*' }, '--exclude-outbound-ranges'],
    [{ excludeInterfaces: 'eth0" drop' }, '--exclude-interfaces'],
    [{ excludeInterfaces: 'a-name-that-is-too-long' }, '--exclude-interfaces'],
  ];
  for (const [changes, flag] of refused) {
    test(`are refused by name: ${JSON.stringify(changes)}`, () => {
      const isOurs = (error: unknown) =>
        error instanceof CommandError && error.exitCode === 64 && error.message.startsWith(`${flag}: `);
      assert.throws(() => readInterception({ ...flags, ...changes }), isOurs);
    });
  }
});
