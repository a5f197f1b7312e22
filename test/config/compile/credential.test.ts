import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { compile } from '../../../src/config/compile/compile.ts';
import { credentialNamed } from '../../../src/config/compile/credential.ts';
import { defaultMeshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { resourceSet } from '../../../src/config/compile/resource-set.ts';
import { ingressGateway } from '../../../src/config/compile/targets.ts';
import type { TerminatedTls } from '../../../src/snapshot/gateway-server.ts';
import { validateSnapshot } from '../../../src/snapshot/validate-snapshot.ts';
import { EdgeCa, type PemPair } from '../../support/edge-certificate.ts';
import { resourcesOf } from '../../support/parsed.ts';

let pair: PemPair;
let other: PemPair;
let ca: EdgeCa;

before(async () => {
  ca = await EdgeCa.create('edge');
  [pair, other] = [await ca.server('a.example'), await ca.server('b.example')];
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

const secret = (name: string, fields: Readonly<Record<string, string>>, namespace = 'istio-system') => `
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ${namespace} }
data: ${JSON.stringify(Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, base64(value)])))}
---
`;

const gateway = (tls: string) => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [a.example], tls: ${tls} }]
---
`;

/** How the first server ends TLS; undefined where there is none. */
function tlsOf(yaml: string): TerminatedTls | undefined {
  const { snapshot } = compile(resourcesOf(yaml), ingressGateway, defaultMeshSettings);
  validateSnapshot(JSON.parse(JSON.stringify(snapshot)));
  const text = JSON.stringify(snapshot);
  assert.ok(!text.includes('BEGIN') && !text.includes(base64(pair.key).slice(0, 40)), 'names, and no texts');
  const server = snapshot.gateway?.servers[0];
  return server && 'tls' in server && server.tls.mode !== 'PASSTHROUGH' ? server.tls : undefined;
}

describe('tls.credentialName', () => {
  test('names the Secret of the namespace of the gateway', () => {
    const tls = tlsOf(
      gateway('{ mode: SIMPLE, credentialName: shop }') +
        secret('shop', { 'tls.crt': pair.cert, 'tls.key': pair.key }),
    );
    assert.equal(tls?.mode, 'SIMPLE');
    assert.equal(tls?.credential?.certificate, 'Secret/istio-system/shop');
    assert.deepEqual([tls?.credential?.authority, tls?.certificateFile], ['', '']);
  });

  test('has a version that changes with the certificate and is empty without one', () => {
    const version = (yaml: string) =>
      tlsOf(gateway('{ mode: SIMPLE, credentialName: shop }') + yaml)?.credential?.version;
    const first = version(secret('shop', { cert: pair.cert, key: pair.key }));
    assert.match(first ?? '', /^[0-9a-f]{16}$/);
    assert.equal(version(secret('shop', { 'tls.crt': pair.cert, 'tls.key': pair.key })), first);
    assert.notEqual(version(secret('shop', { cert: other.cert, key: other.key })), first);
    for (const none of ['', secret('shop', { cert: pair.cert, key: pair.key }, 'default')])
      assert.equal(version(none), '');
  });

  test('of MUTUAL finds what clients must chain to: the twin, else the same Secret', () => {
    const own = { cert: pair.cert, key: pair.key, cacert: ca.pem };
    const authority = (yaml: string, more = '') =>
      tlsOf(gateway(`{ mode: MUTUAL, credentialName: shop${more} }`) + yaml)?.credential;
    assert.equal(authority(secret('shop', own))?.authority, 'Secret/istio-system/shop');
    const twin = secret('shop', own) + secret('shop-cacert', { cacert: ca.pem });
    assert.equal(authority(twin)?.authority, 'Secret/istio-system/shop-cacert');
    const named = authority(
      twin + secret('clients', { 'ca.crt': ca.pem }),
      ', caCertCredentialName: clients',
    );
    assert.equal(named?.authority, 'Secret/istio-system/clients');
    assert.equal(named?.authorityVersion, authority(twin)?.authorityVersion);
    assert.equal(authority('')?.authorityVersion, '');
  });

  test('without a mode means SIMPLE', () => {
    assert.equal(tlsOf(gateway('{ credentialName: kubernetes://shop }'))?.mode, 'SIMPLE');
  });
});

describe('a credential', () => {
  const named = (yaml: string, name = 'Secret/istio-system/shop') =>
    credentialNamed(name, resourceSet(resourcesOf(yaml)));

  test('is read from both namings, from text and from base64', () => {
    const plain = `
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: istio-system }
stringData: ${JSON.stringify({ 'tls.crt': pair.cert, 'tls.key': pair.key, 'ca.crt': ca.pem })}
`;
    const expected = { chain: pair.cert, key: pair.key, authority: ca.pem };
    assert.deepEqual(named(plain), expected);
    assert.deepEqual(named(secret('shop', { cert: pair.cert, key: pair.key, cacert: ca.pem })), expected);
  });

  test('has nothing where a field is missing or is no PEM', () => {
    assert.equal(named(secret('shop', { 'tls.crt': pair.cert }))?.chain, '');
    assert.equal(named(secret('shop', { 'tls.crt': 'x', 'tls.key': pair.key }))?.key, '');
    assert.equal(named(secret('elsewhere', { cert: pair.cert, key: pair.key })), undefined);
    assert.equal(named('', 'Gateway/default/edge'), undefined);
  });

  test('of a ConfigMap has an authority and never a key', () => {
    const map = `
apiVersion: v1
kind: ConfigMap
metadata: { name: roots }
data: ${JSON.stringify({ 'ca.crt': ca.pem, 'tls.crt': pair.cert, 'tls.key': pair.key })}
`;
    assert.deepEqual(named(map, 'ConfigMap/default/roots'), { chain: '', key: '', authority: ca.pem });
  });
});

describe('certificateRefs of the Gateway API', () => {
  const listener = (more = '', frontend = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  gatewayClassName: weft
  listeners: [{ name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: shop${more} }] } }]
${frontend}
---
`;
  const grant = `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: gateways, namespace: shops }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }]
  to: [{ group: '', kind: Secret }]
---
`;
  const files = () => ({ 'tls.crt': pair.cert, 'tls.key': pair.key });

  test('name a Secret of their own namespace, or of one that grants it', () => {
    assert.equal(
      tlsOf(listener() + secret('shop', files(), 'default'))?.credential?.certificate,
      'Secret/default/shop',
    );
    const elsewhere = listener(', namespace: shops') + secret('shop', files(), 'shops');
    assert.equal(tlsOf(elsewhere), undefined);
    assert.equal(tlsOf(elsewhere + grant)?.credential?.certificate, 'Secret/shops/shop');
    assert.equal(tlsOf(listener()), undefined);
  });

  test('with frontend validation ask clients for what the ConfigMap holds', () => {
    const validation = (mode: string) => `  tls: { frontend: { default: { validation: { ${mode}
      caCertificateRefs: [{ group: '', kind: ConfigMap, name: roots }] } } } }`;
    const roots = `
apiVersion: v1
kind: ConfigMap
metadata: { name: roots }
data: ${JSON.stringify({ 'ca.crt': ca.pem })}
---
`;
    const own = secret('shop', files(), 'default');
    const tls = tlsOf(listener('', validation('')) + own + roots);
    assert.deepEqual([tls?.mode, tls?.credential?.authority], ['MUTUAL', 'ConfigMap/default/roots']);
    assert.equal(
      tlsOf(listener('', validation('')) + own),
      undefined,
      'without roots nobody could be verified',
    );
    const fallback = validation('mode: AllowInsecureFallback,');
    assert.equal(tlsOf(listener('', fallback) + own + roots), undefined);
  });
});
