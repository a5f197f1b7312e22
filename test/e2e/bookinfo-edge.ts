import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { outboundName } from '../../src/http/outbound-name.ts';
import { decodeBase64 } from '../../src/identity/bytes.ts';
import { importProofKey, keyIdOf, type ProofKey } from '../../src/identity/signature/proof-key.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { type EdgeRequest, sendToEdge, signedEdgeRequest } from '../support/edge-request.ts';
import { ask } from '../support/http-client.ts';
import type { KnownAuthority } from '../support/known-authority.ts';
import { strangeAuthority } from '../support/mesh-certificate.ts';
import { RawPeer } from '../support/raw-peer.ts';
import type { RunningMesh } from '../support/running-mesh.ts';
import { certifiedKey } from '../support/signed-request.ts';

const GATEWAY = workloadId('cluster.local', 'istio-system', 'istio-ingressgateway-service-account');
const serverName = (service: string) => outboundName(9080, '', `${service}.default.svc.cluster.local`);
const account = (service: string) => `spiffe://cluster.local/ns/default/sa/bookinfo-${service}`;

/** Requests that are signed, and those that are not as they should be, at sidecars that want a proven peer. */
export function edgeCases(mesh: () => RunningMesh, known: () => KnownAuthority): void {
  describe('the edge port of a STRICT sidecar', () => {
    let gateway: ProofKey;
    let productpage: ProofKey;
    let stranger: ProofKey;
    let roots: string;
    before(async () => {
      const authority = await known().at({ now: Date.now() });
      roots = readFileSync(join(mesh().state, 'roots.pem'), 'utf8');
      gateway = await certifiedKey(authority, GATEWAY);
      productpage = await certifiedKey(
        authority,
        workloadId('cluster.local', 'default', 'bookinfo-productpage'),
      );
      stranger = await certifiedKey(await strangeAuthority(), GATEWAY);
    });

    const to = (workload: string, service: string) => ({
      port: mesh().sidecarPort(workload, 'edge'),
      destination: account(service),
      serverName: serverName(service),
    });
    const signed = (key: ProofKey, target: ReturnType<typeof to>, path: string, body?: string) =>
      signedEdgeRequest(key, target, {
        path,
        headers: HeaderList.from(body === undefined ? [] : [['content-type', FORM]]),
        ...(body !== undefined && { method: 'POST', body }),
      });
    const send = async (request: EdgeRequest) => {
      const { status, body } = await sendToEdge(request, roots);
      return [status, status === 200 ? '' : body];
    };
    const refused = (code: string) => `signed request refused: ${code}`;

    test('the gateway in workerd signs what it sends to productpage', async () => {
      const page = await ask(`${mesh().gateway}/productpage`);
      assert.equal(page.status, 200);
      const stats = `http://127.0.0.1:${mesh().sidecarPort('productpage-v1', 'admin')}/stats/prometheus`;
      const lines = (await ask(stats)).body
        .split('\n')
        .filter((line) => line.includes('reporter="destination"'));
      const series = lines.filter((line) => line.startsWith('istio_requests_total'));
      assert.ok(series.length > 0);
      for (const line of series) {
        assert.match(line, /connection_security_policy="signed_request"/);
        assert.match(
          line,
          /source_principal="spiffe:\/\/cluster\.local\/ns\/istio-system\/sa\/istio-ingressgateway/,
        );
        assert.match(line, /source_workload="istio-ingressgateway"/);
        assert.match(line, /destination_service="productpage\.default\.svc\.cluster\.local"/);
      }
    });

    // One sidecar under Bun, one under Deno: their TLS is not the same.
    for (const [workload, service] of [
      ['productpage-v1', 'productpage'],
      ['reviews-v3', 'reviews'],
    ] as const) {
      test(`${workload} refuses what nobody signed, and closes plaintext`, async () => {
        const target = to(workload, service);
        const plain = { port: target.port, path: '/health', headers: new HeaderList() };
        assert.deepEqual(await send(plain), [401, refused('signature_missing')]);
        const peer = await RawPeer.connect(target.port);
        peer.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
        assert.equal(await peer.untilEnd(), '');
      });

      test(`${workload} refuses what was changed, sent again, meant for others or signed by a stranger`, async () => {
        const target = to(workload, service);
        const good = await signed(gateway, target, '/health');
        const changed = { ...good, path: '/other' };
        assert.deepEqual(await send(changed), [401, refused('signature_invalid')]);
        const first = await send(good);
        assert.notEqual(first[0], 401, 'the proof holds');
        for (let i = 0; i < 3; i++) assert.deepEqual(await send(good), [401, refused('signature_replayed')]);
        const other = await signed(gateway, { ...target, destination: account('ratings') }, '/health');
        assert.deepEqual(await send(other), [403, refused('signature_destination')]);
        assert.deepEqual(await send(await signed(stranger, target, '/health')), [
          401,
          refused('signature_certificate'),
        ]);
        const nowhere = await signed(gateway, { ...target, serverName: serverName('nobody') }, '/health');
        assert.deepEqual(await send(nowhere), [403, refused('signature_destination')]);
      });
    }

    test('weft gateway-key has a key certified, and prints its secret half', async () => {
      const { code, stdout, stderr } = await mesh().weft('gateway-key');
      assert.equal(code, 0, stderr);
      const { publicKey } = await importProofKey(decodeBase64(stdout.trim()));
      assert.ok(stderr.includes(await keyIdOf(publicKey)));
    });

    test('policies see who signed: productpage may read reviews, the gateway may not', async () => {
      const target = to('reviews-v3', 'reviews');
      assert.deepEqual(await send(await signed(productpage, target, '/reviews/0')), [200, '']);
      assert.deepEqual(await send(await signed(gateway, target, '/reviews/0')), [403, 'RBAC: access denied']);
    });

    test('a body that was changed on its way never reaches its end', async () => {
      const target = to('productpage-v1', 'productpage');
      const good = await signed(gateway, target, '/login', 'username=jason&passwd=');
      const forged = await signed(gateway, target, '/login', 'username=jason&passwd=');
      const changed = send({ ...forged, body: 'username=admin&passwd=' });
      const answer = await changed.then(
        ([status]) => status,
        () => 'closed',
      );
      assert.notEqual(answer, 303, 'the application never saw the whole of it');
      assert.equal((await send(good))[0], 303);
      const unsigned = await signed(gateway, target, '/login');
      assert.deepEqual(await send({ ...unsigned, body: 'x' }), [401, refused('signature_body')]);
    });
  });
}

const FORM = 'application/x-www-form-urlencoded';
