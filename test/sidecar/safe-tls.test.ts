import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { demandSafeTls } from '../../sidecar/safe-tls.ts';
import type { Finding } from '../../src/runtime/sockets/precheck/precheck-tls.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { buildListener, buildSnapshot } from '../support/snapshot.ts';

const [good, bad]: readonly [Finding, Finding] = [
  { what: 'a client of the mesh is let in', fault: '' },
  { what: 'a client without a certificate is kept out', fault: '1 of 1 were let in' },
];
const strict = buildSnapshot({ inbound: [buildListener({ mtls: 'STRICT' })] });
const passthrough = buildSnapshot({
  inboundPassthrough: {
    mtls: 'PERMISSIVE',
    mtlsSource: '',
    policies: [],
    ports: [{ port: 9, mtls: 'STRICT', mtlsSource: '' }],
  },
});
const permissive = buildSnapshot({ inbound: [buildListener()] });

describe('a sidecar whose runtime lets strangers in', () => {
  const start = (snapshot: typeof strict | undefined, findings: readonly Finding[]) =>
    demandSafeTls(snapshot, async () => findings, new RememberedLog());

  test('does not start where a port is STRICT, and says why', async () => {
    for (const snapshot of [strict, passthrough])
      await assert.rejects(
        start(snapshot, [good, bad]),
        /STRICT workload: a client without .* 1 of 1 were let in/,
      );
  });

  test('starts where none is', async () => {
    await start(permissive, [bad]);
    await start(undefined, [bad]);
  });

  test('starts where nothing is wrong', () => start(strict, [good]));

  test('starts, and says so, where nothing could be tried', async () => {
    const log = new RememberedLog();
    await demandSafeTls(strict, () => Promise.reject(new Error('no port')), log);
    assert.deepEqual(log.events, ['warn TLS of the runtime not tried']);
  });
});
