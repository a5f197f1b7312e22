import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { outboundName, parseOutboundName } from '../../src/http/outbound-name.ts';

const SERVICE = 'reviews.default.svc.cluster.local';

test('a name is written as Istio does', () => {
  assert.equal(outboundName(9080, 'v1', SERVICE), `outbound_.9080_.v1_.${SERVICE}`);
  assert.equal(outboundName(9080, '', SERVICE), `outbound_.9080_._.${SERVICE}`);
});

test('what is written is read back', () => {
  const subsets = fc.stringMatching(/^([a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?)?$/);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65535 }), subsets, fc.domain(), (port, subset, service) => {
      const name = outboundName(port, subset, service);
      if (name.length > 255) return;
      assert.deepEqual(parseOutboundName(name), { port, subset, service });
      assert.deepEqual(parseOutboundName(name.toUpperCase()), { port, subset, service });
    }),
  );
});

const others = [
  '',
  SERVICE,
  `inbound_.9080_.v1_.${SERVICE}`,
  `outbound_.0_.v1_.${SERVICE}`,
  `outbound_.09080_.v1_.${SERVICE}`,
  `outbound_.65536_.v1_.${SERVICE}`,
  `outbound_.9080_.${SERVICE}`,
  'outbound_.9080_.v1_.',
  'outbound_.9080_.v1_.a..b',
  'outbound_.9080_.v1_.*.a',
  'outbound_.9080_.v.1_.a',
  `outbound_.9080_.v1_.${'a.'.repeat(130)}a`,
];
for (const name of others) {
  test(`${JSON.stringify(name.slice(0, 60))} is no such name`, () =>
    assert.equal(parseOutboundName(name), undefined));
}
