import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EdgePort } from '../../sidecar/edge-port.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { Bundle } from '../../src/identity/svid.ts';
import { verifyCsr } from '../../src/identity/x509/csr.ts';
import { ProxyState } from '../../src/proxy/proxy-state.ts';
import { connectionLimits } from '../../src/runtime/sockets/connection-limits.ts';
import { systemRandom as random, systemClock } from '../../src/runtime/system.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { sendToEdge, signedEdgeRequest } from '../support/edge-request.ts';
import { OWN_ID, SigningPair } from '../support/signed-request.ts';

const svid = {
  id: { trustDomain: 'cluster.local', path: '/ns/default/sa/web' },
  ...{ chainPem: '', keyPem: '', notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER },
};

interface Scene {
  readonly identity: { valid: boolean };
  /** Sends a signed request; gives status and body. */
  verdict(): Promise<string>;
  show(bundle: Omit<Bundle, 'rootsPem'>): void;
}

/** The edge port of a sidecar that has no configuration: whose signature counts here comes no further than that. */
async function withEdgePort(run: (scene: Scene) => Promise<void>): Promise<void> {
  const pair = await SigningPair.create(Date.now());
  const issued = async ({ body }: { readonly body?: unknown }) => {
    const publicKey = await verifyCsr(String(Object(body).csr));
    const { chainPem } = await pair.authority.issueSpecial(
      publicKey,
      { kind: 'edge', host: 'localhost' },
      60_000,
    );
    return { chain: chainPem, host: 'localhost' };
  };
  const identity = { valid: true, svids: { current: () => svid }, control: { callJson: issued } };
  const edge = await EdgePort.open(
    {
      ...{ address: '127.0.0.1', limits: connectionLimits({}), replayStore: undefined },
      handler: async () => assert.fail('there is no port to come in'),
      state: new ProxyState(),
      identity,
      telemetry: { onOutcome: () => undefined },
      // It has been up for a minute.
      clock: { ...systemClock, now: startedEarlier(60_000) },
      ...{ random, log: new RememberedLog() },
    },
    0,
  );
  const rootsPem = pair.authority.bundle();
  const verdict = async () => {
    const target = { port: edge.port, destination: OWN_ID, serverName: 'outbound_.80_._.web.default' };
    const signed = await signedEdgeRequest(pair.key, target, { path: '/', headers: new HeaderList() });
    const { status, body } = await sendToEdge(signed, rootsPem);
    return `${status} ${body}`;
  };
  try {
    await run({ identity, verdict, show: (bundle) => edge.setTrust({ ...bundle, rootsPem }) });
  } finally {
    edge.close();
  }
}

/** A clock that says so much less the first time. */
function startedEarlier(ms: number): () => number {
  let first = true;
  return () => {
    const now = Date.now() - (first ? ms : 0);
    first = false;
    return now;
  };
}

test('whom the configuration makes believe may sign requests, too: aliases of the trust domain count', async () => {
  await withEdgePort(async ({ verdict, show }) => {
    assert.equal(await verdict(), '503 signed request refused: signature_unready');
    show({ trustDomain: 'new.example' });
    assert.equal(await verdict(), '401 signed request refused: signature_certificate');
    show({ trustDomain: 'new.example', aliases: ['cluster.local'] });
    assert.equal(await verdict(), '403 signed request refused: signature_destination');
  });
});

test('a sidecar without a valid certificate of its own answers 503: it is nobody to sign for', async () => {
  await withEdgePort(async ({ identity, verdict, show }) => {
    show({ trustDomain: 'cluster.local' });
    identity.valid = false;
    assert.equal(await verdict(), '503 signed request refused: signature_unready');
    identity.valid = true;
    assert.equal(await verdict(), '403 signed request refused: signature_destination');
  });
});
