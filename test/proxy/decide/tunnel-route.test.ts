import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAuthority } from '../../../src/http/authority.ts';
import { activate } from '../../../src/proxy/activate.ts';
import type { Cluster } from '../../../src/snapshot/cluster.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { buildCluster, buildSnapshot, gatewaySnapshot } from '../../support/snapshot.ts';

const clusters: readonly Cluster[] = [
  buildCluster('outbound|3306||mysql.default.svc.cluster.local'),
  buildCluster('outbound|3306|v1|mysql.default.svc.cluster.local'),
  buildCluster('outbound|3306||mysql.other.svc.cluster.local'),
  buildCluster('outbound|5432||mysql.default.svc.cluster.local'),
  buildCluster('outbound|443||*.example.com'),
  buildCluster('outbound|3306||mysql.default', { discovery: { kind: 'original' } }),
  buildCluster('inbound|3306||', { service: '', port: 3306, discovery: { kind: 'application' } }),
];

function tunnelTo(text: string, snapshot: Snapshot): string {
  const authority = parseAuthority(text);
  assert.ok(authority, text);
  const decision = activate(snapshot).decideTunnel(authority);
  if (decision.kind === 'forward') return decision.cluster;
  return decision.kind === 'reply' ? `${decision.status} ${decision.details}` : decision.kind;
}

const table: readonly (readonly [authority: string, expected: string])[] = [
  ['mysql.default.svc.cluster.local:3306', 'outbound|3306||mysql.default.svc.cluster.local'],
  ['mysql.default.svc:3306', 'outbound|3306||mysql.default.svc.cluster.local'],
  ['mysql:3306', 'outbound|3306||mysql.default.svc.cluster.local'],
  ['mysql.:3306', 'outbound|3306||mysql.default.svc.cluster.local'],
  ['MySQL:5432', 'outbound|5432||mysql.default.svc.cluster.local'],
  ['mysql.other:3306', 'outbound|3306||mysql.other.svc.cluster.local'],
  // A host that is written so comes before an alias.
  ['mysql.default:3306', 'outbound|3306||mysql.default'],
  ['a.b.example.com:443', 'outbound|443||*.example.com'],
  ['example.com:443', '502 block_all'],
  ['mysql:3307', '502 block_all'],
  ['10.0.0.1:3306', '502 block_all'],
  ['mysql', '400 connect_without_port'],
];

describe('a CONNECT under REGISTRY_ONLY', () => {
  for (const [authority, expected] of table) {
    test(`to ${authority} leads to ${expected}`, () => {
      assert.equal(tunnelTo(authority, buildSnapshot({ clusters })), expected);
    });
  }
});

test('under ALLOW_ANY what nobody declared is passed through, what somebody declared is not', () => {
  const snapshot = buildSnapshot({ clusters, outboundTrafficPolicy: 'ALLOW_ANY' });
  assert.equal(tunnelTo('elsewhere.example:22', snapshot), 'PassthroughCluster');
  assert.equal(tunnelTo('mysql:5432', snapshot), 'outbound|5432||mysql.default.svc.cluster.local');
});

test('a gateway gives no tunnels', () => {
  assert.equal(tunnelTo('mysql:3306', gatewaySnapshot([], clusters)), '0 filter_chain_not_found');
});
