import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StringMatch } from '../../../src/match/value-match.ts';
import { activate } from '../../../src/proxy/activate.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildSnapshot,
  condition,
  exact,
  fixedInputs,
  prefix,
} from '../../support/snapshot.ts';

const OWN = 'mesh.example';
const CASES: readonly (readonly [wanted: StringMatch, ofPeers: readonly string[]])[] = [
  [exact('mesh.example/ns/a/sa/x'), ['mesh.example/ns/a/sa/x']],
  [exact('cluster.local/ns/a/sa/x'), ['mesh.example/ns/a/sa/x', 'cluster.local/ns/a/sa/x']],
  [exact('other.example/ns/a/sa/x'), ['other.example/ns/a/sa/x']],
  [prefix('mesh.example/ns/a/'), ['mesh.example/ns/a/sa/x']],
  [prefix('cluster.local/ns/a/'), ['mesh.example/ns/a/sa/x', 'cluster.local/ns/a/sa/x']],
  [prefix('other'), ['other.example/ns/a/sa/x']],
  [exact('mesh.example'), []],
];
const PEERS = [
  'mesh.example/ns/a/sa/x',
  'cluster.local/ns/a/sa/x',
  'other.example/ns/a/sa/x',
  'mesh.example/ns/b/sa/x',
  undefined,
];

describe('principals of policies', () => {
  for (const [wanted, allowed] of CASES) {
    const { value } = wanted as { value: string };
    test(`${wanted.kind} ${value} holds for its peers, alone and among rules that are looked up`, () => {
      for (const others of [0, 9]) {
        const active = activate(snapshotFor(wanted, others));
        for (const peer of PEERS) {
          const connection = buildConnection('inbound', peer === undefined ? {} : { peer });
          const { kind } = active.decide(buildRequest('app/items'), connection, fixedInputs(0.5));
          const isAllowed = peer !== undefined && allowed.includes(peer);
          assert.equal(kind, isAllowed ? 'forward' : 'reply', `${peer} with ${others} others`);
        }
      }
    });
  }
});

/** ALLOW for one principal, and for as many others that nobody has. */
function snapshotFor(wanted: StringMatch, others: number) {
  const principals = [wanted, ...Array.from({ length: others }, (_, i) => exact(`${OWN}/ns/none/sa/${i}`))];
  const rules = principals.map((one) => ({ from: [[condition('source.principal', [one])]] }));
  const inbound = [buildListener({ policies: [buildPolicy('ALLOW', rules)] })];
  const clusters = [buildCluster('inbound|8080||', { discovery: { kind: 'application' } })];
  return buildSnapshot({ trustDomain: OWN, inbound, clusters });
}
