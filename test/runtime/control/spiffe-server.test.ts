import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BUNDLE_PATH, JWT_SVID_PATH } from '../../../src/identity/jwt-svid/paths.ts';
import { createProof } from '../../../src/identity/proof.ts';
import { SvidHolder } from '../../../src/identity/svid-source.ts';
import { type SpiffeServer, serveSpiffe } from '../../../src/runtime/control/spiffe/spiffe-server.ts';
import { TrustBundleSource } from '../../../src/runtime/control/spiffe/trust-bundle.ts';
import { WorkloadTokens } from '../../../src/runtime/control/spiffe/workload-tokens.ts';
import { Attestor } from '../../support/attestor.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { ask } from '../../support/http-client.ts';
import { testAuthority, testBundle, testSvid } from '../../support/identity-mesh.ts';

const authority = await testAuthority();
const attestor = new Attestor(authority);
const { clock } = attestor;
const svids = new SvidHolder();
const { svid } = await testSvid(authority, 'reviews');
const id = 'spiffe://cluster.local/ns/default/sa/reviews';
let isAway = false;
const asked: string[] = [];

/** Control as a proxy's connection reaches it. */
const control = {
  async call({ method, path, body }: { method: string; path: string; body?: unknown }) {
    asked.push(path);
    if (isAway) throw new Error('control is away');
    const jti = crypto.randomUUID().replaceAll('-', '');
    const proof = `Bearer ${await createProof(svid, { aud: 'demo', method, path, now: clock.now(), jti })}`;
    const answer =
      method === 'GET' ? await attestor.get(path, proof) : await attestor.post(path, body, proof);
    if (!answer.ok) throw new Error(`control answered ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  },
  async callJson(call: { method: string; path: string; body?: unknown }): Promise<unknown> {
    return JSON.parse(new TextDecoder().decode(await control.call(call)));
  },
};

describe('the SPIFFE endpoint of an application', () => {
  let server: SpiffeServer;
  before(async () => {
    server = await serveSpiffe(0, {
      svids,
      bundle: () => testBundle(authority),
      tokens: new WorkloadTokens(control, clock),
      trust: new TrustBundleSource(control, clock),
      clock,
      credential: 'of-this-run',
      log: new RememberedLog(),
    });
  });
  after(() => server.close());

  const url = () => `http://127.0.0.1:${server.port}`;
  const bearer = { authorization: 'Bearer of-this-run' };
  const get = async (path: string, headers: Record<string, string> = bearer) => {
    const { status, body, headers: answered } = await ask(`${url()}${path}`, { headers });
    return { status, answered, body: JSON.parse(body) };
  };

  const refusals: readonly [string, Record<string, string>, number][] = [
    ['no credential', {}, 401],
    ['another credential', { authorization: 'Bearer of-another-run' }, 401],
    ['a part of it', { authorization: 'Bearer of-this-ru' }, 401],
    ['it in another scheme', { authorization: 'Basic of-this-run' }, 401],
    ['a name that leads here', { ...bearer, host: 'evil.example' }, 403],
    ['the origin of a page', { ...bearer, origin: 'http://127.0.0.1' }, 403],
    ['the browser of a page', { ...bearer, 'sec-fetch-site': 'same-origin' }, 403],
  ];
  for (const [what, headers, status] of refusals)
    test(`refuses ${what}`, async () => {
      svids.set(svid);
      const refused = await get('/x509-svid', headers);
      assert.equal(refused.status, status);
      assert.ok(!JSON.stringify(refused.body).includes('PRIVATE KEY'));
    });

  test('has no other method and no other page', async () => {
    const posted = await fetch(`${url()}/x509-svid`, { method: 'POST', headers: bearer });
    assert.ok(!(await posted.text()).includes('PRIVATE KEY'));
    assert.notEqual(posted.status, 200);
    assert.equal((await get('/certs')).status, 404);
  });

  test('gives the SVID with its key and the roots, and nobody may keep it', async () => {
    svids.set(svid);
    const { status, answered, body } = await get('/x509-svid');
    assert.equal(status, 200);
    assert.equal(answered['cache-control'], 'no-store');
    const [given] = body.svids;
    assert.deepEqual(
      [given.spiffe_id, given.x509_svid, given.x509_svid_key, given.bundle],
      [id, svid.chainPem, svid.keyPem, authority.bundle()],
    );
  });

  test('gives a token for an audience, the same until half its life is over', async () => {
    asked.length = 0;
    const first = (await get('/jwt-svid?audience=db')).body.svids[0];
    assert.equal(first.spiffe_id, id);
    clock.time += 149_000;
    assert.equal((await get('/jwt-svid?audience=db')).body.svids[0].svid, first.svid);
    clock.time += 2000;
    assert.notEqual((await get('/jwt-svid?audience=db')).body.svids[0].svid, first.svid);
    assert.notEqual((await get('/jwt-svid?audience=other')).body.svids[0].svid, first.svid);
    assert.deepEqual(asked, [JWT_SVID_PATH, JWT_SVID_PATH, JWT_SVID_PATH]);
    for (const query of ['', '?audience=', '?audience=a&audience=b'])
      assert.equal((await get(`/jwt-svid${query}`)).status, 400);
  });

  test('validates a token for the one who is its audience', async () => {
    const { svid: token } = (await get('/jwt-svid?audience=db')).body.svids[0];
    const valid = await get(`/validate-jwt-svid?audience=db&svid=${token}`);
    assert.deepEqual([valid.status, valid.body.spiffe_id, valid.body.claims.aud], [200, id, ['db']]);
    const other = await get(`/validate-jwt-svid?audience=web&svid=${token}`);
    assert.deepEqual([other.status, other.body.error], [401, 'audience']);
    assert.equal((await get(`/validate-jwt-svid?svid=${token}`)).status, 400);
  });

  test('gives the bundle, asked for once in five minutes', async () => {
    asked.length = 0;
    clock.time += 300_000;
    for (let i = 0; i < 3; i++) {
      const { body } = await get('/bundles');
      const uses = body.bundles['cluster.local'].keys.map(({ use }: { use: string }) => use);
      assert.deepEqual(uses, ['x509-svid', 'jwt-svid']);
    }
    assert.deepEqual(asked, [BUNDLE_PATH]);
  });

  test('gives what it has while control is away, and no token that is over', async () => {
    const { svid: token } = (await get('/jwt-svid?audience=db')).body.svids[0];
    isAway = true;
    clock.time += 200_000;
    assert.equal((await get('/jwt-svid?audience=db')).body.svids[0].svid, token);
    assert.equal((await get('/bundles')).status, 200);
    assert.equal((await get('/jwt-svid?audience=unknown')).status, 503);
    clock.time += 200_000;
    assert.equal((await get('/jwt-svid?audience=db')).status, 503);
    isAway = false;
  });

  test('gives no SVID that is over', async () => {
    clock.time = svid.notAfter;
    assert.equal((await get('/x509-svid')).status, 503);
  });

  test('does not open without a credential', async () => {
    const parts = { svids, bundle: () => testBundle(authority), clock, log: new RememberedLog() };
    const [tokens, trust] = [new WorkloadTokens(control, clock), new TrustBundleSource(control, clock)];
    await assert.rejects(serveSpiffe(0, { ...parts, tokens, trust, credential: '' }), /needs a credential/);
  });
});
