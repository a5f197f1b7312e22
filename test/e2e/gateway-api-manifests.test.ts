import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ask } from '../support/http-client.ts';
import { load, type Outcomes, share } from '../support/load.ts';
import { RunningMesh } from '../support/running-mesh.ts';
import { missingThirdParty, thirdPartyFolder } from '../support/third-party.ts';

const folder = thirdPartyFolder('bookinfo');
const booted = [
  'platform/bookinfo.yaml',
  'platform/bookinfo-versions.yaml',
  'gateway-api/bookinfo-gateway.yaml',
].map((name) => fileURLToPath(new URL(name, folder)));

describe("Istio's Bookinfo manifests of the Gateway API, unmodified", {
  skip: missingThirdParty('bookinfo/gateway-api/bookinfo-gateway.yaml'),
}, () => {
  let mesh: RunningMesh;
  before(async () => {
    mesh = await RunningMesh.boot(booted);
  });
  after(() => mesh.stop());

  const applied = async (name: string): Promise<void> => {
    await mesh.untilSidecars(await mesh.apply(new URL(`gateway-api/${name}.yaml`, folder)));
  };

  const reviews = (requests: number): Promise<Outcomes> =>
    load({
      url: `${mesh.gateway}/api/v1/products/0/reviews`,
      headers: {},
      more: (sent) => sent < requests,
      label: ({ status, body }) => `${status} ${/"podname":"([^"]*)"/.exec(body)?.[1]}`,
    });

  test('the HTTPRoute of the gateway serves its paths and no others', async () => {
    const { status, body } = await ask(`${mesh.gateway}/productpage`);
    assert.equal(status, 200);
    assert.match(body, /Silas Marner/);
    assert.equal((await ask(`${mesh.gateway}/elsewhere`)).status, 404);
  });

  for (const [name, version] of [
    ['route-all-v1', 'v1'],
    ['route-reviews-v3', 'v3'],
    ['route-reviews-v1', 'v1'],
  ] as const)
    test(`${name} sends every request inside the mesh to ${version}`, async () => {
      await applied(name);
      assert.deepEqual([...(await reviews(60))], [[`200 reviews-${version}`, 60]]);
    });

  for (const [name, version, percent] of [
    ['route-reviews-50-v3', 'v3', 50],
    ['route-reviews-90-10', 'v2', 10],
  ] as const)
    test(`${name} sends ${percent} % to ${version}`, async () => {
      await applied(name);
      const outcomes = await reviews(600);
      assert.deepEqual([...outcomes.keys()].sort(), ['200 reviews-v1', `200 reviews-${version}`]);
      const found = share(outcomes, `200 reviews-${version}`);
      assert.ok(Math.abs(found - percent) <= 6, `${found} %`);
    });
});
