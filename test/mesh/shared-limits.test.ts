import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import { explainHops, type Hop } from '../../src/proxy/explain/explain-hops.ts';
import { BucketTable } from '../../src/proxy/limits/bucket-table.ts';
import type { RateLimitStore } from '../../src/runtime/ports.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { atGateway, get, limits, meshOf, through, workloads } from '../support/limited-mesh.ts';
import { resourcesOf } from '../support/parsed.ts';

describe('limits of a gateway', () => {
  test('each client address has its own', async () => {
    const { at, statuses } = meshOf(atGateway('{ name: each, requests: 1, key: [remote.ip] }'));
    assert.deepEqual(await statuses(through(), through('/', [['x-forwarded-for', '1.2.3.4']])), [200, 429]);
    at.address = '10.0.0.9';
    assert.deepEqual(await statuses(through(), through()), [200, 429]);
  });

  test('they are counted before a route is looked for', async () => {
    const { statuses } = meshOf(
      atGateway('{ name: all, requests: 1 }').replace('hosts: ["*"], gateways', 'hosts: [a.b], gateways'),
    );
    assert.deepEqual(await statuses(through(), through()), [404, 429]);
  });
});

describe('limits that proxies share', () => {
  const shared = '{ name: all, requests: 3, scope: global }';

  function oneStore(): RateLimitStore & { failing: boolean } {
    const table = new BucketTable({ intervalMs: 1000, burst: 3 });
    return {
      failing: false,
      async take(bucket) {
        if (this.failing) throw new Error('gone');
        return table.take(bucket, 0);
      },
    };
  }

  test('the store says who passes', async () => {
    const store = oneStore();
    const one = meshOf(limits(shared), store);
    const other = meshOf(limits(shared), store);
    assert.deepEqual(await one.statuses(get(), get()), [200, 200]);
    assert.deepEqual(await other.statuses(get(), get()), [200, 429]);
    assert.deepEqual(await one.statuses(get()), [429]);
  });

  test('without it a request passes, or is answered with 503, as onBackendFailure says', async () => {
    const store = oneStore();
    store.failing = true;
    const open = meshOf(limits(shared), store);
    assert.deepEqual(await open.statuses(get(), get(), get(), get()), [200, 200, 200, 200]);
    const closed = meshOf(atGateway(shared.replace('}', ', onBackendFailure: deny }')), store);
    const refused = await closed.mesh.call(through());
    assert.deepEqual(
      [refused.status, refused.flags, refused.details],
      [503, 'RLSE', 'rate_limiter_error{istio-system/api/all}'],
    );
    store.failing = false;
    assert.deepEqual(await closed.statuses(through()), [200]);
  });
});

test('explain tells which limits count a request, and takes nothing', () => {
  const items = '{ name: api, requests: 1, match: [{ paths: ["/api*"] }] }, { name: all, requests: 5 }';
  const { snapshots } = compileMesh(resourcesOf(workloads + limits(items)), defaultMeshSettings);
  const byName = new Map(snapshots.map((snapshot) => [targetName(snapshot.target), snapshot]));
  const caller = byName.get('sidecar/default/client');
  const headers = HeaderList.from([['host', 'app']]);
  const request = canonicalRequest({ method: 'GET', target: '/x', headers }, 'http', 'BASE');
  assert.ok(caller !== undefined && !isRefusal(request));
  for (let i = 0; i < 10; i++) {
    const last: Hop | undefined = explainHops(request, caller, byName).at(-1);
    assert.equal(last?.decision.kind, 'forward');
    assert.deepEqual(
      last?.entries.filter(({ step }) => step === 'limit').map(({ verdict, text }) => `${verdict} ${text}`),
      [
        'miss default/api/api: 1 requests in 1000 ms, local, does not count this one',
        'match default/api/all: 5 requests in 1000 ms, local, counts this one',
      ],
    );
  }
});
