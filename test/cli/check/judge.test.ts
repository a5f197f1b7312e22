import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeMesh } from '../../../cli/check/judge.ts';
import type { MeshLook } from '../../../cli/check/look.ts';
import type { RunningProxy } from '../../../cli/mesh-state.ts';

const now = Date.UTC(2026, 10, 23);
const hour = 3_600_000;

const proxy = (some: Partial<RunningProxy> = {}): RunningProxy => ({
  instance: 'a-1',
  kind: 'sidecar',
  namespace: 'default',
  workload: 'a-v1',
  runtime: 'bun 1.4.5',
  weft: '0.1.0',
  address: '127.0.0.1',
  port: 1,
  revision: 3,
  synced: true,
  certificate: { id: 'spiffe://x', notBefore: now - hour, notAfter: now + 23 * hour },
  startedAt: now - hour,
  lastReport: now - 1000,
  skewMs: 3,
  ...some,
});

const well: MeshLook = {
  control: 'http://127.0.0.1:1',
  status: {
    mesh: 'weft',
    now,
    revision: 3,
    expires: now + 20 * hour,
    signingKeys: ['key'],
    roots: '',
    unreadable: [],
    workloads: ['default/a-v1'],
  },
  now,
  answerMs: 5,
  proxies: [proxy()],
  diagnostics: [],
  signingKey: { thumbprint: 'key', open: false },
  rootExpires: now + 1000 * 24 * hour,
  gateway: { url: 'http://127.0.0.1:2', status: 200, tells: true },
};

const withStatus = (some: Partial<MeshLook['status']>): MeshLook => ({
  ...well,
  status: { ...well.status, ...some },
});
const withProxy = (some: Partial<RunningProxy>): MeshLook => ({ ...well, proxies: [proxy(some)] });
const finding = {
  code: 'WFT0100',
  severity: 'error',
  message: 'wrong',
  position: { file: 'a.yaml', line: 7, column: 1 },
} as const;

describe('a check of the mesh', () => {
  test('passes where all is well', () => {
    const verdicts = judgeMesh(well);
    assert.deepEqual(
      verdicts.filter(({ ok }) => !ok),
      [],
    );
    assert.equal(verdicts.length, 11);
  });

  for (const [what, look, detail, code] of [
    ['control is away', 'no mesh is running here', 'no mesh is running here', 69],
    [
      'nothing is published',
      { ...withStatus({ revision: 0, workloads: [] }), proxies: [] },
      'nothing has been published',
      1,
    ],
    ['the manifest has expired', withStatus({ expires: now - hour }), 'its manifest expired 1h0m ago', 1],
    ['control signs with another key', withStatus({ signingKeys: ['other'] }), 'control signs with other', 1],
    [
      'the signing key lies open',
      { ...well, signingKey: { thumbprint: 'key', open: true } },
      'others than its owner may read signing-key.json',
      1,
    ],
    ['the root ends soon', { ...well, rootExpires: now + 48 * hour }, 'it ends in 2d0h', 83],
    ['the configuration has an error', { ...well, diagnostics: [finding] }, 'WFT0100 a.yaml:7 wrong', 79],
    [
      'a document cannot be read',
      withStatus({ unreadable: ['resource/X/y/z'] }),
      'resource/X/y/z cannot be read',
      79,
    ],
    [
      'a sidecar is missing',
      withStatus({ workloads: ['default/a-v1', 'default/b'] }),
      'default/b has no sidecar',
      1,
    ],
    [
      'a proxy is silent',
      withProxy({ lastReport: now - hour }),
      'a-v1.default reported 1h0m ago for the last time',
      1,
    ],
    ['a proxy never spoke', withProxy({ lastReport: 0 }), 'a-v1.default reported never', 1],
    ['a proxy is behind', withProxy({ synced: false, revision: 2 }), 'a-v1.default runs revision 2', 82],
    [
      'a proxy refused configuration',
      withProxy({ rejected: { code: 'E_SIG', detail: 'not ours' } }),
      'a-v1.default runs revision 3; it refused E_SIG not ours',
      82,
    ],
    [
      'a certificate was not renewed',
      withProxy({ certificate: { id: '', notBefore: now - 23 * hour, notAfter: now + hour } }),
      'a-v1.default: 1h0m left, not renewed',
      83,
    ],
    [
      'a certificate has expired',
      withProxy({ certificate: { id: '', notBefore: now - 24 * hour, notAfter: now - 60_000 } }),
      'a-v1.default: expired 1m0s ago',
      83,
    ],
    ['a clock is wrong', withProxy({ skewMs: -90_000 }), "a-v1.default is -90000 ms from control's", 1],
    [
      'the gateway has no configuration',
      { ...well, gateway: { url: 'http://g', status: 503, tells: true } },
      'it answered 503: it has no configuration',
      1,
    ],
    [
      'the gateway is gone',
      { ...well, gateway: { url: 'http://g', status: 0, tells: false } },
      'no answer',
      1,
    ],
  ] as const) {
    test(`says that ${what}, with a remedy and an exit code`, () => {
      const failures = judgeMesh(look).filter(({ ok }) => !ok);
      assert.deepEqual(
        failures.map(({ details, exitCode }) => [...details, exitCode]),
        [[detail, code]],
      );
      assert.ok(failures.every(({ remedy }) => remedy.length > 10));
    });
  }

  test('takes any answer of a gateway without such a page for life', () => {
    const verdicts = judgeMesh({ ...well, gateway: { url: 'http://g', status: 404, tells: false } });
    assert.ok(verdicts.every(({ ok }) => ok));
  });
});
