import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { outboundName } from '../../src/http/outbound-name.ts';
import { type GoodMesh, goodMesh, seenBy } from '../support/bad-svid/bad-svid.ts';
import { badSvids } from '../support/bad-svid/bad-svids.ts';
import { answerTo, believed, type Minted, minted } from '../support/bad-svid/believed.ts';
import { type ClientResult, curl, missingPrograms, opensslRequest } from '../support/foreign-client.ts';
import { ask } from '../support/http-client.ts';
import { JoinedWorkload } from '../support/joined-workload.ts';
import type { KnownAuthority } from '../support/known-authority.ts';
import { type CertificateFiles, certificateFiles, strangeAuthority } from '../support/mesh-certificate.ts';
import { RawPeer } from '../support/raw-peer.ts';
import type { RawChain } from '../support/raw-tls/raw-tls.ts';
import type { RunningMesh } from '../support/running-mesh.ts';
import { leafExtensions, testCertificate } from '../support/test-certificate.ts';

const hourMs = 3_600_000;
const fullName = (service: string): string => outboundName(9080, '', `${service}.default.svc.cluster.local`);

/** The certificates that clients of these tests show, by what is right or wrong with them. */
interface Certificates {
  readonly roots: string;
  readonly productpage: CertificateFiles;
  readonly details: CertificateFiles;
  readonly expired: CertificateFiles;
  readonly strange: CertificateFiles;
}

async function issueAll(state: string, known: KnownAuthority): Promise<Certificates> {
  const folder = (name: string) => join(state, 'clients', name);
  const time = { now: Date.now() };
  const authority = await known.at(time);
  const issue = (name: string, account: string) => certificateFiles(folder(name), authority, account);
  const productpage = await issue('productpage', 'bookinfo-productpage');
  const details = await issue('details', 'bookinfo-details');
  const strange = await certificateFiles(folder('strange'), await strangeAuthority(), 'bookinfo-productpage');
  time.now -= 3 * hourMs;
  const expired = await issue('expired', 'bookinfo-productpage');
  const roots = join(state, 'clients', 'roots.pem');
  writeFileSync(roots, authority.bundle());
  return { roots, productpage, details, expired, strange };
}

/** Who may speak with whom, asked by clients that are no part of this project. */
export function securityCases(mesh: () => RunningMesh, known: () => KnownAuthority): void {
  describe('a STRICT sidecar', { skip: missingPrograms('curl', 'openssl') }, () => {
    let certificates: Certificates;
    let good: GoodMesh;
    let bad: readonly Minted[];
    before(async () => {
      good = await goodMesh(known().root);
      bad = await minted(good, badSvids);
      certificates = await issueAll(mesh().state, known());
    });

    const request = (workload: string, certificate: CertificateFiles | undefined, alpn?: string) => {
      const service = workload.replace(/-v\d$/, '');
      return opensslRequest({
        port: mesh().sidecarPort(workload, 'in'),
        serverName: fullName(service),
        path: `/${service}/0`,
        roots: certificates.roots,
        ...(certificate ? { certificate } : {}),
        ...(alpn === undefined ? {} : { alpn }),
      });
    };

    // One sidecar under Bun, one under Deno: their TLS is not the same.
    for (const workload of ['reviews-v1', 'reviews-v3']) {
      test(`${workload} serves the caller that a policy allows`, async () => {
        const { output, errors } = await request(workload, certificates.productpage);
        assert.match(output, /^HTTP\/1\.1 200 /, errors);
        assert.ok(output.includes(`"podname":"${workload}"`));
      });

      test(`${workload} closes plaintext`, async () => {
        const { code, output } = await curl(
          `http://127.0.0.1:${mesh().sidecarPort(workload, 'in')}/reviews/0`,
        );
        assert.equal(output, '');
        // An empty reply, or a reset.
        assert.ok(code === 52 || code === 56, `curl ended with ${code}`);
      });

      test(`${workload} closes TLS that is not the mesh's`, async () => {
        const port = mesh().sidecarPort(workload, 'in');
        const { code, output } = await curl('-k', `https://127.0.0.1:${port}/reviews/0`);
        assert.equal(output, '');
        assert.equal(code, 35, 'the handshake fails');
        refused(await request(workload, certificates.productpage, 'http/1.1'));
      });

      const wrong: readonly (readonly [
        what: string,
        pick: (all: Certificates) => CertificateFiles | undefined,
      ])[] = [
        ['no certificate', () => undefined],
        ['a certificate of another authority', ({ strange }) => strange],
        ['an expired certificate of the right authority', ({ expired }) => expired],
      ];
      for (const [what, pick] of wrong) {
        test(`${workload} refuses ${what}`, async () => refused(await request(workload, pick(certificates))));
      }
    }

    // One sidecar under Bun, one under Deno; one under Node is in the next test but one.
    for (const workload of ['reviews-v1', 'reviews-v3']) {
      test(`${workload} refuses every bad SVID of its own root`, async (context) => {
        await refusesBadSvids(context, {
          port: mesh().sidecarPort(workload, 'in'),
          serverName: fullName('reviews'),
          path: '/reviews/0',
          runtime: await runtimeOf(mesh(), workload),
          good,
          bad,
        });
      });
    }

    test('ratings answers 403 to a caller that no policy allows', async () => {
      const { output } = await request('ratings-v1', certificates.details);
      assert.match(output, /^HTTP\/1\.1 403 /);
      assert.match(output, /\r\n\r\nRBAC: access denied$/);
    });

    test('whatever an application sees of its caller was said by the mesh', async (context) => {
      await mesh().apply(echoManifests);
      const said = await JoinedWorkload.refused(mesh(), 'echo-v1', 'requestCert');
      assert.match(said, /STRICT workload: .*a client without a certificate is kept out: 1 of 1 were let in/);
      assert.match(said, /ended with 1$/);
      const echo = await JoinedWorkload.join(mesh(), 'echo-v1', 'node');
      const claims = ['x-forwarded-client-cert', 'x-weft-peer', 'x-weft-principal'].map(
        (name) => `${name}: forged`,
      );
      const { output, errors } = await opensslRequest({
        port: echo.ready.inbound,
        serverName: fullName('echo'),
        path: '/',
        headers: [...claims, 'x-other: kept'],
        roots: certificates.roots,
        certificate: certificates.details,
      });
      assert.match(output, /^HTTP\/1\.1 200 [\s\S]*here/, errors);
      const [seen = {}] = echo.seen;
      assert.equal(seen['x-other'], 'kept');
      assert.deepEqual(
        Object.entries(seen).filter(([, value]) => value === 'forged'),
        [],
      );
      await assertOwnCalls(echo);
      const { inbound: port } = echo.ready;
      const at = { port, serverName: fullName('echo'), path: '/', runtime: 'node', good, bad };
      await refusesBadSvids(context, at);
      assert.equal(await echo.stop(), 0);
      const left = (await mesh().instances()).map(({ workload }) => workload);
      assert.ok(!left.includes('echo-v1'), 'a sidecar that is asked to stop leaves the endpoints');
    });
  });

  test('the outbound port wants its credential', async () => {
    const port = mesh().sidecarPort('productpage-v1', 'out');
    const wrong = `Basic ${btoa('weft:wrong')}`;
    for (const headers of [{}, { 'proxy-authorization': wrong }]) {
      const options = {
        headers: { host: 'reviews:9080', ...headers },
        target: 'http://reviews:9080/reviews/0',
      };
      const answer = await ask(`http://127.0.0.1:${port}`, options);
      assert.equal(answer.status, 407);
      assert.equal(answer.headers['proxy-authenticate'], 'Basic realm="weft"');
    }
  });

  test('the admin port refuses the name of another host', async () => {
    const url = `http://127.0.0.1:${mesh().sidecarPort('reviews-v1', 'admin')}/config_dump`;
    assert.equal((await ask(url)).status, 200);
    assert.equal((await ask(url, { headers: { host: 'rebound.example' } })).status, 403);
  });

  test('control refuses operators without the token, web pages, and workloads without a proof', async () => {
    const url = `${mesh().info.control}/v1`;
    assert.equal((await ask(`${url}/admin/resources`)).status, 401);
    assert.equal(
      (await ask(`${url}/admin/resources`, { headers: { authorization: 'Bearer x' } })).status,
      401,
    );
    assert.equal((await ask(`${url}/admin/resources`, { headers: { origin: 'http://x' } })).status, 403);
    assert.equal((await ask(`${url}/store/pointer`)).status, 401);
  });

  test('nothing of the mesh listens beyond loopback', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
    const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
    const ports = mesh()
      .info.rows.flatMap(({ ports }) => ports.match(/\d{4,5}\b/g) ?? [])
      .map(Number);
    assert.ok(ports.length > 20);
    for (const { address } of outside)
      for (const port of ports)
        await assert.rejects(RawPeer.connect(port, address), `${address}:${port} is open`);
  });
}

/** No HTTP answer, and the client learned that within its patience. */
function refused({ code, output }: ClientResult): void {
  assert.doesNotMatch(output, /HTTP\/1/);
  assert.notEqual(code, null, 'the connection was left open');
}

/** A mesh TLS port, its runtime, and chains below the root that it trusts. */
interface Judging {
  readonly port: number;
  readonly serverName: string;
  readonly path: string;
  readonly runtime: string;
  readonly good: GoodMesh;
  readonly bad: readonly Minted[];
}

/** Only the good one among the clients that the root vouches for is served. */
async function refusesBadSvids(context: TestContext, judging: Judging): Promise<void> {
  const { port, serverName, path, runtime, good } = judging;
  const answer = (chain: RawChain) => answerTo(port, serverName, chain, path);
  const id = 'spiffe://cluster.local/ns/default/sa/bookinfo-productpage';
  const leaf = await testCertificate({ issuer: good.middle, extensions: leafExtensions(id) });
  assert.match(await answer([leaf, good.middle]), /^HTTP\/1\.1 200 /);
  const bad = seenBy(runtime, judging.bad);
  assert.deepEqual(await believed(bad, answer, 8), []);
  assert.match(await answer([leaf, good.middle, good.root]), /^HTTP\/1\.1 200 /);
  context.diagnostic(`${bad.length} bad SVIDs refused on ${runtime}`);
}

async function runtimeOf(mesh: RunningMesh, workload: string): Promise<string> {
  return (await mesh.instances()).find((one) => one.workload === workload)?.runtime ?? '';
}

/** A call through a sidecar's outbound port carries the identity of its own workload, which reviews do not admit. */
async function assertOwnCalls({ ready, authorization }: JoinedWorkload): Promise<void> {
  assert.equal(ready.identity, 'spiffe://cluster.local/ns/default/sa/echo');
  const headers = { host: 'reviews:9080', 'proxy-authorization': authorization };
  const target = 'http://reviews:9080/reviews/0';
  const answer = await ask(`http://127.0.0.1:${ready.outbound}`, { headers, target });
  assert.deepEqual([answer.status, answer.body], [403, 'RBAC: access denied']);
}

const echoManifests = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: echo, namespace: default}
---
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: default}
spec:
  selector: {app: echo}
  ports: [{name: http, port: 9080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo-v1, namespace: default}
spec:
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo, version: v1}}
    spec:
      serviceAccountName: echo
      containers: [{name: echo, ports: [{containerPort: 9080}]}]
`;
