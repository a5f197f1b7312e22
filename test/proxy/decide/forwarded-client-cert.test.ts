import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import { applyEdits } from '../../../src/proxy/decide/apply-edits.ts';
import type { ClientCertificate, Connection, Peer } from '../../../src/proxy/decide/connection.ts';
import { clientCertElement, edgeCertElement } from '../../../src/proxy/decide/forwarded-client-cert.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
} from '../../support/snapshot.ts';

const XFCC = 'x-forwarded-client-cert';
const hash = 'ab'.repeat(32);
const id = { trustDomain: 'cluster.local', path: '/ns/default/sa/caller' };
const peer: Peer = { id, certificateHash: hash, subject: '' };
const element = `By=spiffe://cluster.local/ns/default/sa/app;Hash=${hash};Subject="";URI=spiffe://cluster.local/ns/default/sa/caller`;

const listener = buildListener();
const cluster = buildCluster(listener.cluster);
const sidecar = activate(buildSnapshot({ inbound: [listener], clusters: [cluster] }));

function verified(direction: Connection['direction']): Connection {
  return { ...buildConnection(direction), peer, security: 'mutual_tls' };
}

/** The header lines that the next hop sees. */
function seen(active: typeof sidecar, connection: Connection, sent: readonly string[], host = 'app') {
  const request = buildRequest(
    `${host}/`,
    sent.map((value) => [XFCC, value] as const),
  );
  const decision = active.decide(request, connection, fixedInputs());
  assert.equal(decision.kind, 'forward');
  return decision.kind === 'forward'
    ? applyEdits(request, decision.requestEdits).headers.getAll(XFCC)
    : undefined;
}

describe('x-forwarded-client-cert', () => {
  test('the application is told of the verified certificate', () => {
    assert.deepEqual(seen(sidecar, verified('inbound'), []), [element]);
  });

  test('a verified peer may tell of those before it, and ours comes last', () => {
    assert.deepEqual(seen(sidecar, verified('inbound'), ['By=a;URI=b']), [`By=a;URI=b,${element}`]);
    assert.deepEqual(seen(sidecar, verified('inbound'), ['By=a', 'By=b']), [`By=a,By=b,${element}`]);
    assert.deepEqual(seen(sidecar, verified('inbound'), ['']), [element]);
  });

  test('a peer cannot swallow our element in quotes of its own', () => {
    for (const open of ['URI=spiffe://td/admin;Subject="', 'Subject="a\\"', 'a\\']) {
      assert.deepEqual(seen(sidecar, verified('inbound'), [open]), [element], open);
    }
    assert.deepEqual(seen(sidecar, verified('inbound'), ['Subject="a\\"b"']), [`Subject="a\\"b",${element}`]);
  });

  test('nobody else may tell anything', () => {
    assert.deepEqual(seen(sidecar, buildConnection('inbound'), [element, 'By=b']), []);
  });

  test('neither the local application nor the edge passes one on', () => {
    const routes = [buildVirtualHost(['*'], [buildRoute('r', forwardTo(['c']))])];
    const clusters = [buildCluster('c')];
    const outbound = activate(buildSnapshot({ outbound: [{ port: 80, virtualHosts: routes }], clusters }));
    assert.deepEqual(seen(outbound, buildConnection('outbound'), [element]), []);
    const edge = activate(gatewaySnapshot(routes, clusters));
    assert.deepEqual(seen(edge, verified('gateway'), [element]), []);
  });

  test('an element has only what is known', () => {
    const uri = 'URI=spiffe://cluster.local/ns/default/sa/caller';
    assert.equal(clientCertElement('', { id }), `Subject="";${uri}`);
    assert.equal(clientCertElement('a', { id, subject: 'CN=a\\"b' }), `By=a;Subject="CN=a\\"b";${uri}`);
    assert.equal(clientCertElement('a', { id, subject: 'x'.repeat(1025) }), `By=a;Subject="";${uri}`);
  });
});

describe('x-forwarded-client-cert of a client at the edge', () => {
  const routes = [buildVirtualHost(['*'], [buildRoute('r', forwardTo(['c']))])];
  const edge = activate(gatewaySnapshot(routes, [buildCluster('c')]));
  const certificate: ClientCertificate = {
    hash,
    pem: '-----BEGIN CERTIFICATE-----\nA+/=\n-----END CERTIFICATE-----\n',
    subject: 'CN=shop',
    uris: ['spiffe://partner.example/ns/web/sa/shop'],
    dnsNames: ['shop.example', 'www.shop.example'],
    notAfter: 0,
  };
  const cert = 'Cert="-----BEGIN%20CERTIFICATE-----%0AA%2B%2F%3D%0A-----END%20CERTIFICATE-----%0A"';

  test('what the certificate says takes the place of what the client says', () => {
    const said = [
      `Hash=${hash};${cert};Subject="CN=shop";URI=spiffe://partner.example/ns/web/sa/shop;DNS=shop.example;DNS=www.shop.example`,
    ];
    const connection = { ...buildConnection('gateway'), certificate };
    for (const sent of [[], [element], ['By=a', 'By=b']])
      assert.deepEqual(seen(edge, connection, sent), said);
  });

  test('a client without one has said nothing', () => {
    assert.deepEqual(seen(edge, buildConnection('gateway'), [element]), []);
  });

  test('no name can end its element or begin another', () => {
    const uris = ['https://a.example/x,By=admin', 'a;URI=spiffe://td/admin', 'a"b\\'];
    assert.equal(
      edgeCertElement({ ...certificate, pem: 'x'.repeat(8193), uris, dnsNames: [] }),
      `Hash=${hash};Subject="CN=shop";URI="https://a.example/x,By=admin";URI="a;URI=spiffe://td/admin";URI="a\\"b\\\\"`,
    );
  });

  test('however many names there are, the header stays bounded', () => {
    const dnsNames = Array.from({ length: 5000 }, (_, i) => `host-${i}.example`);
    const text = edgeCertElement({
      ...certificate,
      pem: 'p'.repeat(8192),
      subject: 's'.repeat(2000),
      dnsNames,
    });
    assert.ok(text.length < 16 * 1024, String(text.length));
    assert.ok(text.includes(';DNS=host-0.example'));
  });
});
