import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainWorkload } from '../support/plain-workload.ts';
import { SimulatedMesh } from '../support/simulated-mesh.ts';

function meshOf(policy: string, action = 'route: [{ destination: { host: b } }]'): SimulatedMesh {
  return new SimulatedMesh(`${plainWorkload('a')}${plainWorkload('b')}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: b }
spec:
  hosts: [b]
  http:
  - corsPolicy: ${policy}
    ${action}
`);
}

const FULL = `{ allowOrigins: [{ exact: "https://a.example" }, { prefix: "https://b." }, { regex: "https://c[0-9]" }],
      allowMethods: [GET, POST], allowHeaders: [x-one, x-two], exposeHeaders: [x-three], maxAge: 24h, allowCredentials: true }`;

/** What a browser asks first; the answer's status, who answered, and its CORS headers. */
async function ask(mesh: SimulatedMesh, method: string, headers: readonly (readonly [string, string])[]) {
  const {
    status,
    workload,
    headers: got,
  } = await mesh.call({ from: 'a', method, url: 'http://b/', headers });
  const found = [...got].filter(([name]) => name.startsWith('access-control-'));
  return { status, workload, headers: found.map(([name, value]) => `${name.slice(15)}: ${value}`) };
}

const preflight = (origin: string) =>
  [
    ['origin', origin],
    ['access-control-request-method', 'POST'],
  ] as const;

describe('CORS', () => {
  for (const origin of ['https://a.example', 'https://b.example', 'https://c7']) {
    test(`a preflight of ${origin} is answered by the proxy`, async () => {
      assert.deepEqual(await ask(meshOf(FULL), 'OPTIONS', preflight(origin)), {
        status: 200,
        workload: '',
        headers: [
          `allow-origin: ${origin}`,
          'allow-credentials: true',
          'allow-methods: GET,POST',
          'allow-headers: x-one,x-two',
          'max-age: 86400',
        ],
      });
    });
  }

  for (const origin of ['https://a.example:8080', 'http://b.', 'https://c77', 'null']) {
    test(`a preflight of ${origin} goes to the application`, async () => {
      const got = await ask(meshOf(FULL), 'OPTIONS', preflight(origin));
      assert.deepEqual(got, { status: 200, workload: 'b', headers: [] });
    });
  }

  test('under IGNORE a preflight of another origin is answered without permission', async () => {
    const mesh = meshOf('{ allowOrigins: [{ exact: "https://a.example" }], unmatchedPreflights: IGNORE }');
    const got = await ask(mesh, 'OPTIONS', preflight('https://d.example'));
    assert.deepEqual(got, { status: 200, workload: '', headers: [] });
  });

  test('an actual request of an allowed origin is granted', async () => {
    assert.deepEqual(await ask(meshOf(FULL), 'GET', [['origin', 'https://a.example']]), {
      status: 200,
      workload: 'b',
      headers: ['allow-origin: https://a.example', 'allow-credentials: true', 'expose-headers: x-three'],
    });
  });

  test('a request without origin, or of another, is as it was', async () => {
    for (const headers of [[], [['origin', 'https://d.example']] as const]) {
      assert.deepEqual((await ask(meshOf(FULL), 'GET', headers)).headers, []);
    }
  });

  test('OPTIONS without a method asked for is no preflight', async () => {
    const got = await ask(meshOf(FULL), 'OPTIONS', [['origin', 'https://a.example']]);
    assert.equal(got.workload, 'b');
  });

  test('a redirect is granted, too', async () => {
    const mesh = meshOf(FULL, 'redirect: { uri: /new }');
    const got = await ask(mesh, 'GET', [['origin', 'https://a.example']]);
    assert.equal(got.status, 301);
    assert.equal(got.headers[0], 'allow-origin: https://a.example');
  });

  for (const origins of ['allowOrigins: [{ exact: "*" }]', 'allowOrigin: ["*"]']) {
    test(`${origins} is every origin, and each is told its own`, async () => {
      const got = await ask(meshOf(`{ ${origins} }`), 'OPTIONS', preflight('https://d.example'));
      assert.deepEqual(got.headers, ['allow-origin: https://d.example']);
    });
  }
});
