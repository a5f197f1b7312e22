import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { canonicalBytes } from '../../src/snapshot/canonical-bytes.ts';
import { contentAddress } from '../../src/snapshot/content-address.ts';
import type { Entry } from '../../src/snapshot/encode-content.ts';
import { encodePointer } from '../../src/snapshot/pointer.ts';
import { publicationEntries } from '../../src/snapshot/publish.ts';
import { generateSigningJwk, importSigningKey, type SigningKey } from '../../src/snapshot/signing-key.ts';
import { manifestKey, pointerKey } from '../../src/snapshot/store-key.ts';
import { meshPublication, RunningGateway } from '../support/running-gateway.ts';

const minimum = 2;
const token = 'correct-horse';
const encoder = new TextEncoder();

/** A gateway's configuration that says which one it is. */
const manifestOf = (label: string): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: label, namespace: default }
spec:
  hosts: ['*']
  gateways: [edge]
  http: [{ directResponse: { status: 200, body: { string: '${label}' } } }]
`;

/** Everything of a publication in one list, the pointer last. */
async function entriesOf(revision: number, label: string, key: SigningKey, mesh = 'weft'): Promise<Entry[]> {
  const publication = { ...meshPublication(manifestOf(label), revision), mesh };
  return (await publicationEntries(publication, key)).flat();
}

const isManifest = ({ key }: Entry): boolean => key.startsWith('manifest/');

/** The entries with another manifest in place of theirs, under the address of its bytes. */
async function withManifest(
  entries: readonly Entry[],
  revision: number,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Promise<Entry[]> {
  const bytes = change(entries.find(isManifest)?.value ?? assert.fail('no manifest'));
  const manifest = await contentAddress(bytes);
  const kept = entries.filter((entry) => !isManifest(entry) && entry.key !== pointerKey);
  const pointer = { key: pointerKey, value: encodePointer({ manifest, revision }) };
  return [...kept, { key: manifestKey(manifest), value: bytes }, pointer];
}

/** The parts of a compact JWS, changed. */
const withParts =
  (change: (parts: string[]) => string[]) =>
  (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    encoder.encode(change(new TextDecoder().decode(bytes).split('.')).join('.'));

const base64url = (value: unknown): string => Buffer.from(canonicalBytes(value)).toString('base64url');

/** Every request looks at the store first: WEFT_POLL_MS is 0. */
describe('the gateway and its store', () => {
  let gateway: RunningGateway;
  let unpinned: RunningGateway;
  let stranger: SigningKey;

  before(async () => {
    stranger = await importSigningKey(await generateSigningJwk());
    const variables = { WEFT_MINIMUM_REVISION: String(minimum), WEFT_ADMIN_TOKEN: token };
    [gateway, unpinned] = await Promise.all([
      RunningGateway.start(variables),
      RunningGateway.start({ WEFT_SIGNING_KEYS: '{"keys":[]}' }),
    ]);
  });
  after(() => Promise.all([gateway?.stop(), unpinned?.stop()]));

  const ask = () => gateway.client.send({ method: 'GET', target: '/', headers: [['host', 'shop.test']] });

  /** Several requests in a row and at once see this revision and its configuration. */
  async function assertServes(revision: number, label: string, message = label): Promise<void> {
    const answers = [await ask(), await ask(), ...(await Promise.all([ask(), ask(), ask()]))];
    for (const { status, headers, body } of answers) {
      const served = [status, headers.find(([name]) => name === 'x-weft-revision')?.[1], body];
      assert.deepEqual(served, [200, String(revision), label], message);
    }
  }

  async function assertServesNothing(): Promise<void> {
    assert.equal((await ask()).status, 503);
    assert.equal((await gateway.admin('ready')).status, 503);
  }

  test('without a snapshot every request is answered with 503', assertServesNothing);

  test('a revision below the minimum is refused by a gateway that has nothing yet', async () => {
    await gateway.put(await entriesOf(minimum - 1, 'too old', gateway.key));
    await assertServesNothing();
  });

  test('the status page wants the token', async () => {
    const status = async (...headers: [string, string][]) => (await gateway.admin('status', headers)).status;
    assert.equal(await status(), 401);
    assert.equal(await status(['authorization', `Bearer ${token}x`]), 401);
    assert.equal(await status(['authorization', token]), 400);
    assert.equal((await unpinned.admin('status', [['authorization', 'Bearer ']])).status, 403);
    const { status: code, body } = await gateway.admin('status', [['authorization', `Bearer ${token}`]]);
    const target = 'gateway/istio-system/istio-ingressgateway';
    assert.deepEqual([code, JSON.parse(body)], [200, { revision: 0, target }]);
  });

  test('a gateway to which no key is pinned serves nothing, whatever is in its store', async () => {
    await unpinned.put(await entriesOf(1, 'unverified', unpinned.key));
    for (const target of ['/', '/.well-known/weft/ready']) {
      const { status } = await unpinned.client.send({
        method: 'GET',
        target,
        headers: [['host', 'shop.test']],
      });
      assert.equal(status, 500);
    }
  });

  test('a tampered, unsigned or older snapshot in KV is refused and the gateway keeps serving', async () => {
    const { key } = gateway;
    const first = await entriesOf(2, 'first', key);
    // As control does it.
    await gateway.kv.putAll(first.filter((entry) => entry.key !== pointerKey));
    await gateway.kv.putAll(first.filter((entry) => entry.key === pointerKey));
    await assertServes(2, 'first');
    assert.equal((await gateway.admin('ready')).status, 200);
    await gateway.put(await entriesOf(3, 'good', key));
    await assertServes(3, 'good');

    for (const [name, entries] of await badPublications(first, key)) {
      await gateway.put(entries);
      await assertServes(3, 'good', name);
    }

    await gateway.put(await entriesOf(9, 'newer', key));
    await assertServes(9, 'newer');
    await gateway.refused(['E_FORMAT', 'E_HASH', 'E_MESH', 'E_MISSING', 'E_ROLLBACK', 'E_SIG']);
  });

  /** What somebody who can write to the store may try after revision 3. */
  async function badPublications(first: readonly Entry[], key: SigningKey): Promise<[string, Entry[]][]> {
    const next = await entriesOf(4, 'never', key);
    const pointTo = (value: Uint8Array<ArrayBuffer>): Entry[] => [{ key: pointerKey, value }];
    const absent = await contentAddress(encoder.encode('absent'));
    const header = base64url({ alg: 'none', typ: 'weft-manifest+json' });
    return [
      ['a bit of every blob is flipped under a new manifest', next.map(flipBlob)],
      [
        'unsigned manifest',
        await withManifest(
          next,
          4,
          withParts(([, payload = '']) => [header, payload, '']),
        ),
      ],
      [
        'signature left out',
        await withManifest(
          next,
          4,
          withParts(([head = '', payload = '']) => [head, payload, '']),
        ),
      ],
      ['payload changed under the signature', await withManifest(next, 4, withParts(raiseRevision))],
      ['signed by another key', await entriesOf(5, 'never', stranger)],
      ['of another mesh', await entriesOf(5, 'never', key, 'other')],
      ['an older revision, correctly signed', [...first]],
      ['the same revision with other content', await entriesOf(3, 'never', key)],
      ['an older manifest under a newer number', await withManifest(first, 7, (bytes) => bytes)],
      [
        'a pointer to a manifest that is not there',
        pointTo(encodePointer({ manifest: absent, revision: 8 })),
      ],
      ['a pointer that is garbage', pointTo(Uint8Array.from([0, 255, 1, 254]))],
      ['a pointer that is empty', pointTo(encoder.encode('{}'))],
    ];
  }
});

function flipBlob(entry: Entry): Entry {
  if (!entry.key.startsWith('blob/')) return entry;
  const value = Uint8Array.from(entry.value);
  value[value.length >> 1] = (value[value.length >> 1] ?? 0) ^ 1;
  return { ...entry, value };
}

function raiseRevision([head = '', payload = '', signature = '']: string[]): string[] {
  const manifest = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  return [head, base64url({ ...manifest, created: manifest.created + 1 }), signature];
}
