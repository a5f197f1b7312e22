import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { load, type Outcomes, total } from '../support/load.ts';
import { OutageMesh } from '../support/outage-mesh.ts';
import { until } from '../support/until.ts';

/** The long form: control is away for five minutes. */
const full = process.env.WEFT_FULL === '1';
const outageMs = full ? 300_000 : 12_000;
/** Longer than a lease: what control forgot would be missed by then. */
const afterwardsMs = full ? 20_000 : 8_000;
const roles = ['client', 'server'] as const;

function assertNoneFailed(outcomes: Outcomes, what: string): void {
  assert.deepEqual([...outcomes.keys()], ['200'], `${what}: ${JSON.stringify([...outcomes])}`);
}

describe('without control', () => {
  test(`nothing fails for ${outageMs / 1000} s, nor when it is back`, async (t) => {
    // Renewals come due while control is away.
    const mesh = await OutageMesh.start(full ? 480 : 30, { client: 'bun', server: 'deno' });
    try {
      const before = await mesh.readiness('client');
      assert.equal(before.status, 200);
      const started = performance.now();
      const lasts = () => performance.now() - started < outageMs + afterwardsMs;
      const pace = async () => {
        const one = {
          ...mesh.call,
          concurrency: 4,
          label: ({ status }: { status: number }) => String(status),
        };
        const sum = new Map<string, number>();
        while (lasts()) {
          let left = 20;
          for (const [name, count] of await load({ ...one, more: () => left-- > 0 }))
            sum.set(name, (sum.get(name) ?? 0) + count);
          await sleep(50);
        }
        return sum;
      };
      const outcomes = pace();
      await mesh.killControl();
      await until('the outage is told', async () =>
        (await mesh.readiness('client')).page.controlAwaySince === undefined ? undefined : true,
      );
      assert.equal((await mesh.readiness('client')).status, 200, 'ready all the same');
      await sleep(outageMs);
      await mesh.startControl();
      t.diagnostic(`${total(await outcomes)} requests: ${JSON.stringify([...(await outcomes)])}`);
      assertNoneFailed(await outcomes, 'while control was away');
      const after = await mesh.readiness('client');
      assert.deepEqual(after, { status: 200, page: before.page }, 'the same revision, and control answers');
      const instances = await mesh.client.get<readonly { workload: string }[]>('/v1/admin/instances');
      assert.deepEqual(instances.map(({ workload }) => workload).sort(), ['client-v1', 'server-v1']);
      for (const role of roles) {
        assert.equal(mesh.sidecars.get(role)?.logged('control reachable again'), 1, role);
        assert.ok((mesh.sidecars.get(role)?.logged('certificate received') ?? 0) >= 2, `${role} renewed`);
      }
    } finally {
      await mesh.stop();
    }
  });

  for (const runtime of ['deno', 'bun'] as const) {
    test(`a sidecar on ${runtime} that starts again serves from its disk, where it was, and registers later`, async () => {
      const mesh = await OutageMesh.start(3600, { client: 'node', server: runtime });
      try {
        const [ports, revision] = [mesh.ports.get('server'), (await mesh.readiness('server')).page.revision];
        await mesh.killControl();
        await mesh.sidecars.get('server')?.end('SIGKILL');
        await mesh.startSidecar('server', runtime);
        assert.deepEqual(mesh.ports.get('server'), ports);
        assert.equal(await mesh.status(), 200);
        const { status, page } = await mesh.readiness('server');
        assert.equal(status, 200);
        assert.equal(page.revision, revision);
        const sidecar = mesh.sidecars.get('server');
        assert.equal(sidecar?.logged('certificate restored'), 1);
        assert.equal(sidecar?.logged('serving last known good'), 1);
        for (const name of ['identity.json', 'membership.json', 'last-known-good.db'])
          assert.equal(statSync(join(mesh.stateOf('server'), name)).mode & 0o077, 0, name);
        await mesh.startControl();
        await until('it is registered', async () => {
          const instances = await mesh.client.get<readonly { workload: string }[]>('/v1/admin/instances');
          return instances.some(({ workload }) => workload === 'server-v1') || undefined;
        });
        assert.equal(await mesh.status(), 200);
      } finally {
        await mesh.stop();
      }
    });
  }
});
