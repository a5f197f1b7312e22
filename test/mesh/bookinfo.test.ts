import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { TransportError } from '../../src/proxy/forward/transport.ts';
import { type Call, SimulatedMesh } from '../support/simulated-mesh.ts';

const folder = 'examples/bookinfo/';
const bookinfo = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(folder + name, 'utf8'))
  .join('\n---\n');

const reviews: Call = { from: 'productpage-v1', url: 'http://reviews:9080/reviews/0' };
const ratings: Call = { from: 'reviews-v2', url: 'http://ratings:9080/ratings/0' };

describe('the Bookinfo example', () => {
  const cases: readonly (readonly [
    what: string,
    call: Call,
    draw: number,
    expected: readonly [number, string, string],
  ])[] = [
    [
      'the gateway sends /productpage on',
      { url: 'http://shop.example/productpage' },
      0,
      [200, '-', 'productpage-v1'],
    ],
    ['the gateway knows no other path', { url: 'http://shop.example/admin' }, 0, [404, 'NR', '']],
    ['the first four fifths see reviews v1', reviews, 0.79, [200, '-', 'reviews-v1']],
    ['the last fifth sees reviews v3', reviews, 0.81, [200, '-', 'reviews-v3']],
    ['jason sees v2', { ...reviews, headers: [['end-user', 'jason']] }, 0.99, [200, '-', 'reviews-v2']],
    ['reviews may ask ratings', ratings, 0, [200, '-', 'ratings-v1']],
    ['productpage may not ask ratings', { ...ratings, from: 'productpage-v1' }, 0, [403, '-', '']],
    ['details may not ask reviews', { ...reviews, from: 'details-v1' }, 0, [403, '-', '']],
    ['readers may only read', { ...reviews, method: 'DELETE' }, 0, [403, '-', '']],
    [
      'a name in the mesh needs its port',
      { ...reviews, url: 'http://reviews:9081/reviews/0' },
      0,
      [503, 'UF', ''],
    ],
  ];
  for (const [what, call, draw, expected] of cases) {
    test(what, async () => {
      const { status, flags, workload } = await new SimulatedMesh(bookinfo, {
        draw: () => draw,
        gatewaySigns: true,
      }).call(call);
      assert.deepEqual([status, flags, workload], expected);
    });
  }

  test('a denied principal is told so, and nothing more', async () => {
    const { body } = await new SimulatedMesh(bookinfo).call({ ...ratings, from: 'details-v1' });
    assert.equal(body, 'RBAC: access denied');
  });

  test('a STRICT workload closes the plaintext of the gateway', async () => {
    const open = `${bookinfo}\n---\n${exposed('details')}`;
    const { status, flags } = await new SimulatedMesh(open).call({ url: 'http://shop.example/details/0' });
    assert.deepEqual([status, flags], [503, 'UC']);
  });

  test('a service without instances answers 503 UH', async () => {
    const mesh = new SimulatedMesh(bookinfo, { absent: ['ratings-v1'] });
    const { status, flags, body } = await mesh.call(ratings);
    assert.deepEqual([status, flags, body], [503, 'UH', 'no healthy upstream']);
  });

  test('the application does not see identity headers that the client made up', async () => {
    const headers = [
      ['x-forwarded-client-cert', 'URI=spiffe://cluster.local/ns/default/sa/admin'],
      ['x-weft-peer', 'forged'],
      ['x-envoy-internal', 'true'],
    ] as const;
    const { request } = await new SimulatedMesh(bookinfo, { gatewaySigns: true }).call({
      url: 'http://shop.example/productpage',
      headers,
    });
    assert.deepEqual(
      headers.map(([name]) => request?.headers.get(name)),
      [
        'By=spiffe://cluster.local/ns/default/sa/bookinfo-productpage;Subject="";URI=spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
        undefined,
        undefined,
      ],
    );
  });
});

describe('retries of a VirtualService', () => {
  const routed = (retries: string) => `${bookinfo}\n---\n${retried(retries)}`;
  const lost = () => new TransportError('reset', true, 'gone');
  const cases: readonly (readonly [
    what: string,
    retries: string,
    method: string,
    status: number,
    attempts: number,
  ])[] = [
    ['attempts 0 means one request', '{attempts: 0}', 'GET', 503, 1],
    ['5xx retries a lost GET as often as it says', '{attempts: 2, retryOn: 5xx}', 'GET', 503, 3],
    [
      'connect-failure does not retry what was sent',
      '{attempts: 2, retryOn: connect-failure}',
      'GET',
      503,
      1,
    ],
  ];
  for (const [what, retries, method, status, attempts] of cases) {
    test(what, async () => {
      const mesh = new SimulatedMesh(routed(retries), {
        answer: (workload) => (workload === 'ratings-v1' ? lost() : 200),
      });
      const result = await mesh.call({ ...ratings, method });
      assert.deepEqual([result.status, result.attempts], [status, attempts]);
    });
  }
});

/** A route of the gateway straight to a service. */
function exposed(service: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: exposed}
spec:
  hosts: ["shop.example"]
  gateways: [bookinfo-gateway]
  http: [{route: [{destination: {host: ${service}, port: {number: 9080}}}]}]`;
}

function retried(retries: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings}
spec:
  hosts: [ratings]
  http: [{retries: ${retries}, route: [{destination: {host: ratings}}]}]`;
}
