import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerQuery } from '../../src/dns/answer-query.ts';
import { NameTable } from '../../src/dns/name-table.ts';
import { type DnsType, dnsQuery, dnsReply } from '../support/dns-client.ts';

const table = new NameTable(
  [
    { host: 'reviews.default.svc.cluster.local', addresses: ['240.240.1.2', '2001:2::f0f0:102'] },
    { host: 'orders.shop.svc.cluster.local', addresses: ['240.240.1.3'] },
    { host: 'orders.shop', addresses: ['192.0.2.9'] },
    { host: 'api.example.com', addresses: ['240.240.1.4'] },
    { host: '*.wild.example.com', addresses: ['198.51.100.1', '203.0.113.0/24'] },
    { host: 'block.example.com', addresses: ['203.0.113.0/24'] },
  ],
  'default',
);

/** Addresses, or what else is done. */
function asked(name: string, type: DnsType): string {
  const answer = answerQuery(dnsQuery(name, type), table, 'udp');
  if (answer.kind !== 'answer') return answer.kind;
  const { code, addresses } = dnsReply(Buffer.from(answer.bytes));
  return code === 0 ? addresses.join(' ') || 'no address' : `code ${code}`;
}

describe('the names of a mesh', () => {
  const cases: readonly (readonly [name: string, type: DnsType, expected: string])[] = [
    ['reviews.default.svc.cluster.local', 'A', '240.240.1.2'],
    ['reviews.default.svc.cluster.local', 'AAAA', '2001:2:0:0:0:0:f0f0:102'],
    ['reviews.default.svc', 'A', '240.240.1.2'],
    ['reviews.default', 'A', '240.240.1.2'],
    ['reviews', 'A', '240.240.1.2'],
    ['orders.shop.svc', 'A', '240.240.1.3'],
    ['orders', 'A', 'forward'],
    ['orders.shop', 'A', '192.0.2.9'],
    ['orders.shop.svc', 'AAAA', 'no address'],
    ['orders.shop.svc', 'HTTPS', 'no address'],
    ['api.example.com', 'A', '240.240.1.4'],
    ['api.example.com', 'AAAA', 'no address'],
    ['api.example.com', 'MX', 'forward'],
    ['a.wild.example.com', 'A', '198.51.100.1'],
    ['b.a.wild.example.com', 'A', '198.51.100.1'],
    ['wild.example.com', 'A', 'forward'],
    ['block.example.com', 'A', 'forward'],
    ['example.com', 'A', 'forward'],
    ['', 'A', 'forward'],
  ];
  for (const [name, type, expected] of cases)
    test(`${name || 'the root'} ${type}: ${expected}`, () => assert.equal(asked(name, type), expected));

  test('are none while there is no configuration', () => {
    assert.equal(answerQuery(dnsQuery('reviews', 'A'), undefined, 'udp').kind, 'forward');
  });

  test('are answered with the id, the flags and EDNS of the question', () => {
    const answer = answerQuery(dnsQuery('reviews', 'A', 0x4321, 1400), table, 'udp');
    assert.ok(answer.kind === 'answer');
    const bytes = Buffer.from(answer.bytes);
    // A response, authoritative, recursion desired and available; one question, one answer, one additional record.
    assert.equal(bytes.toString('hex', 0, 12), '432185800001000100000001');
    assert.equal(bytes.toString('hex', bytes.length - 11), `00002904d0${'00'.repeat(6)}`);
  });

  test('that are malformed are refused with the id', () => {
    const message = dnsQuery('reviews', 'A', 0x4321);
    message[5] = 2;
    const answer = answerQuery(message, table, 'tcp');
    assert.equal(
      answer.kind === 'answer' && Buffer.from(answer.bytes).toString('hex'),
      `43218581${'00'.repeat(8)}`,
    );
  });
});
