import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ask } from '../support/http-client.ts';
import { load, type Outcomes, share } from '../support/load.ts';
import { RunningMesh, weft } from '../support/running-mesh.ts';
import { missingThirdParty, thirdPartyFolder } from '../support/third-party.ts';

const folder = thirdPartyFolder('bookinfo');
const manifest = (name: string): URL => new URL(`networking/${name}.yaml`, folder);
const booted = [
  new URL('platform/bookinfo.yaml', folder),
  manifest('bookinfo-gateway'),
  manifest('destination-rule-all'),
].map((url) => fileURLToPath(url));
const everybody = {};
const jason = { 'end-user': 'jason' };

describe("Istio's own Bookinfo manifests, unmodified", {
  skip: missingThirdParty('bookinfo/platform/bookinfo.yaml'),
}, () => {
  let mesh: RunningMesh;
  before(async () => {
    mesh = await RunningMesh.boot(booted);
  });
  after(() => mesh.stop());

  const askReviews = (requests: number, headers: Readonly<Record<string, string>>): Promise<Outcomes> =>
    load({
      url: `${mesh.gateway}/api/v1/products/0/reviews`,
      headers,
      more: (sent) => sent < requests,
      label: ({ status, body }) => `${status} ${/"podname":"([^"]*)"/.exec(body)?.[1]}`,
    });

  /** Applies one of Istio's files as it is and waits until every sidecar decides by it. */
  const applyIstio = async (name: string): Promise<void> => {
    await mesh.untilSidecars(await mesh.apply(manifest(name)));
  };

  const assertOnly = async (version: string, headers: Readonly<Record<string, string>>): Promise<void> => {
    assert.deepEqual([...(await askReviews(100, headers))], [[`200 reviews-${version}`, 100]]);
  };

  const assertSplit = async (percentV2: number): Promise<string> => {
    const outcomes = await askReviews(1000, everybody);
    assert.deepEqual([...outcomes.keys()].sort(), ['200 reviews-v1', '200 reviews-v2']);
    const found = share(outcomes, '200 reviews-v2');
    assert.ok(Math.abs(found - percentV2) <= 4, `${found} % met v2`);
    return `${found} % of 1,000 met v2, ${percentV2} % were to`;
  };

  test('the page is served, and every version of reviews has its turn', async () => {
    const { status, body } = await ask(`${mesh.gateway}/productpage`);
    assert.equal(status, 200);
    assert.match(body, /Silas Marner/);
    const outcomes = await askReviews(300, everybody);
    assert.deepEqual([...outcomes.keys()].sort(), ['200 reviews-v1', '200 reviews-v2', '200 reviews-v3']);
  });

  test('what means nothing here is named in notices', async () => {
    const { code, stdout, stderr } = await weft('validate', ...booted.flatMap((file) => ['-f', file]));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /resources in 3 files are valid/);
    assert.match(stderr, /0 errors, 0 warnings, [1-9]\d* notices/);
    assert.match(stderr, /bookinfo\.yaml:\d+:\d+ +notice +WFT0110 .*containers\.image/);
    assert.match(stderr, /destination-rule-all\.yaml:\d+:\d+ +notice +IST0173 +The Subset v2 /);
    assert.match(stderr, /bookinfo-gateway\.yaml:\d+:\d+ +notice +WFT0501 +prefix \/static also matches/);
  });

  test('virtual-service-all-v1 sends everybody to v1', async () => {
    await applyIstio('virtual-service-all-v1');
    await assertOnly('v1', everybody);
    await assertOnly('v1', jason);
  });

  test('virtual-service-reviews-test-v2 sends jason to v2 and everybody else to v1', async () => {
    await applyIstio('virtual-service-reviews-test-v2');
    await assertOnly('v2', jason);
    await assertOnly('v2', { cookie: 'user=jason' });
    await assertOnly('v1', everybody);
    await assertOnly('v1', { 'end-user': 'Jason' });
  });

  test('virtual-service-reviews-80-20 splits 80 to 20', async (context) => {
    await applyIstio('virtual-service-reviews-80-20');
    context.diagnostic(await assertSplit(20));
  });

  test('virtual-service-reviews-90-10 splits 90 to 10', async (context) => {
    await applyIstio('virtual-service-reviews-90-10');
    context.diagnostic(await assertSplit(10));
  });

  test('virtual-service-reviews-v3 sends everybody to v3', async () => {
    await applyIstio('virtual-service-reviews-v3');
    await assertOnly('v3', everybody);
    await assertOnly('v3', jason);
  });
});
