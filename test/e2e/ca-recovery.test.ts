import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CaStatus } from '../../cli/ca/ca-state.ts';
import { ControlClient } from '../../cli/control-client.ts';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import { WorkloadIdentity } from '../../src/runtime/control/workload-identity.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { ProgramProcess } from '../support/child-process.ts';
import { RememberedLog, serviceOf } from '../support/control-parts.ts';
import { freshState } from '../support/running-mesh.ts';

/** The long form: fifty workloads, and an authority that is away for three lives of a certificate. */
const full = process.env.WEFT_FULL === '1';
const [workloads, lives] = full ? [50, 3] : [20, 1];
/** The least that control takes. */
const ttlSeconds = 10;

/**
 * Workloads with the sidecar's own code of enrolment and renewal, in this one process: fifty sidecar processes would
 * measure the machine.
 */
describe(`${workloads} workloads whose authority is away for ${lives} × the life of a certificate`, () => {
  const state = freshState();
  const stopped = new AbortController();
  const identities: WorkloadIdentity[] = [];
  let control: ProgramProcess;
  let port = 0;

  const startControl = async () => {
    const args = [
      '--state',
      join(state, 'control'),
      '--svid-ttl',
      String(ttlSeconds),
      '--port',
      String(port),
    ];
    control = new ProgramProcess('node', 'control/main.ts', args);
    port = Number(new URL(String((await control.ready()).url)).port);
  };
  const client = () => ControlClient.fromState(join(state, 'control'));
  const valid = () => identities.filter((identity) => identity.valid).length;

  before(async () => {
    await startControl();
    const files = [{ file: 'a.yaml', text: serviceOf('a') }];
    await client().post('/v1/admin/apply', { files, replace: true });
    for (let i = 0; i < workloads; i++) {
      const grant = { namespace: 'default', workload: 'a-v1' };
      const bundle = await client().post<JoinBundle>('/v1/admin/join-bundles', grant);
      const identity = await WorkloadIdentity.join(bundle, { clock, random, log: new RememberedLog() });
      identities.push(identity);
      void identity.keepFresh(stopped.signal);
    }
  });
  after(async () => {
    stopped.abort();
    await control.end('SIGKILL');
    rmSync(state, { recursive: true, force: true });
  });

  test('prove themselves until their certificates expire, then not, and again within ten seconds of its return', async (t) => {
    // Once every certificate has been renewed.
    if (full) await sleep(ttlSeconds * 1000);
    assert.equal(valid(), workloads);
    await control.end('SIGKILL');
    const away = performance.now();
    await sleep(2000);
    assert.equal(valid(), workloads, 'the absence of control takes nobody’s identity');
    await sleep(ttlSeconds * lives * 1000 - 1500);
    assert.equal(valid(), 0, 'what has expired proves nothing');
    t.diagnostic(`away for ${Math.round((performance.now() - away) / 1000)} s`);
    await startControl();
    const back = performance.now();
    while (valid() < workloads && performance.now() - back < 30_000) await sleep(20);
    const recovery = performance.now() - back;
    const { mostInFlight, refused } = (await client().get<CaStatus>('/v1/admin/ca')).issuing;
    t.diagnostic(`back in ${Math.round(recovery)} ms, ${mostInFlight} at a time, ${refused} sent away`);
    assert.equal(valid(), workloads);
    assert.ok(recovery <= 10_000, `${recovery} ms`);
    assert.ok(mostInFlight <= 8, `${mostInFlight} in flight`);
  });
});
