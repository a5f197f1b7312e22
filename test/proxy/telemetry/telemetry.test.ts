import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import { activate } from '../../../src/proxy/activate.ts';
import { Telemetry } from '../../../src/proxy/telemetry/telemetry.ts';
import { VERSION } from '../../../src/proxy/telemetry/version.ts';
import { readExposition } from '../../support/exposition.ts';
import { buildOutcome } from '../../support/outcome.ts';
import { ManualClock } from '../../support/scripted-transport.ts';
import { buildConnection, buildRequest, buildSnapshot } from '../../support/snapshot.ts';

const active = activate(buildSnapshot());
const id = { trustDomain: 'cluster.local', path: '/ns/default/sa/app' };
const svid = { id, chainPem: '', keyPem: '', notBefore: 1, notAfter: 2_000_000 };

function telemetry(lines?: string[]) {
  const clock = new ManualClock();
  const signals = new Telemetry({
    instance: 'app-1',
    meshId: 'weft',
    runtime: 'node 26',
    version: VERSION,
    clock,
    active: () => active,
    revision: () => 4,
    svids: { current: () => svid, onChange: () => () => undefined },
    accessLog: lines && { format: 'json', write: (line) => lines.push(line), dropped: () => 0 },
  });
  return { signals, clock };
}

describe('a report', () => {
  test('tells who sends it, what is in force, and what passed', () => {
    const { signals, clock } = telemetry();
    signals.onOutcome(buildOutcome(), buildRequest('reviews/'), buildConnection('outbound'));
    clock.time = 6_000;
    const { traffic, connections, ...rest } = signals.report();
    assert.deepEqual(rest, {
      instance: 'app-1',
      startedAt: 1_000,
      sentAt: 6_000,
      revision: 4,
      certificate: { id: 'spiffe://cluster.local/ns/default/sa/app', notBefore: 1, notAfter: 2_000_000 },
      runtime: 'node 26',
      version: VERSION,
    });
    assert.deepEqual([traffic.length, traffic[0]?.requests, connections.length], [1, 1, 0]);
  });

  test('says what was refused until another configuration is in force', () => {
    const { signals } = telemetry();
    signals.reject('E_SIG', 'no key of ours');
    assert.deepEqual(signals.report().rejected, { code: 'E_SIG', detail: 'no key of ours' });
    signals.accept();
    assert.equal(signals.report().rejected, undefined);
  });

  test('is plain JSON', () => {
    const { signals } = telemetry();
    signals.onOutcome(buildOutcome(), buildRequest('reviews/'), buildConnection('outbound'));
    const report = signals.report();
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  });
});

test('the metrics page and the access log tell of the same request', () => {
  const lines: string[] = [];
  const { signals } = telemetry(lines);
  signals.onOutcome(
    buildOutcome({ status: 503, flags: 'UH' }),
    buildRequest('reviews/'),
    buildConnection('outbound'),
  );
  const families = readExposition(signals.prometheus());
  const [sample] = families.find(({ name }) => name === 'istio_requests_total')?.samples ?? [];
  assert.deepEqual([sample?.value, sample?.labels.get('response_flags')], [1, 'UH']);
  assert.equal(lines.length, 1);
  assert.equal(JSON.parse(lines[0] ?? '').response_flags, 'UH');
});

test("the version is package.json's", () => assert.equal(VERSION, packageJson.version));
