import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  formatPeerMetadata,
  type PeerMetadata,
  parsePeerMetadata,
  speaksFor,
  targetMetadata,
} from '../../src/proxy/peer-metadata.ts';
import { propertyRuns } from '../support/property-runs.ts';

const reviews: PeerMetadata = {
  name: 'reviews-v3',
  namespace: 'default',
  canonicalService: 'reviews',
  canonicalRevision: 'v3',
  version: 'v3',
  locality: 'eu/north/1',
};
const text = 'n=reviews-v3;ns=default;cs=reviews;cr=v3;v=v3;l=eu/north/1';

describe('peer metadata', () => {
  test('is one short text', () => {
    assert.equal(formatPeerMetadata(reviews), text);
    assert.deepEqual(parsePeerMetadata(text), reviews);
    assert.equal(
      formatPeerMetadata({ ...reviews, version: '', locality: '' }),
      'n=reviews-v3;ns=default;cs=reviews;cr=v3;v=;l=',
    );
  });

  test('comes from the labels as Istio reads them', () => {
    const table: [[string, string][], Partial<PeerMetadata>][] = [
      [[], { canonicalService: 'app-1', canonicalRevision: 'latest', version: '', locality: '' }],
      [
        [
          ['app', 'a'],
          ['version', 'v1'],
        ],
        { canonicalService: 'a', canonicalRevision: 'v1', version: 'v1' },
      ],
      [
        [
          ['app', 'a'],
          ['app.kubernetes.io/name', 'b'],
          ['app.kubernetes.io/version', '2'],
          ['version', 'v1'],
        ],
        { canonicalService: 'b', canonicalRevision: '2', version: 'v1' },
      ],
      [
        [
          ['app.kubernetes.io/name', 'b'],
          ['istio-locality', 'eu.north.1'],
          ['service.istio.io/canonical-name', 'c'],
          ['service.istio.io/canonical-revision', '3'],
        ],
        { canonicalService: 'c', canonicalRevision: '3', locality: 'eu/north/1' },
      ],
    ];
    for (const [labels, expected] of table) {
      const target = {
        kind: 'sidecar' as const,
        namespace: 'ns',
        name: 'app-1',
        serviceAccount: 's',
        labels,
      };
      const metadata = targetMetadata(target);
      assert.deepEqual({ ...metadata, ...expected }, metadata);
      assert.deepEqual([metadata.name, metadata.namespace], ['app-1', 'ns']);
    }
  });

  test('nothing but that text is read', () => {
    const refused = [
      '',
      `${text};`,
      ` ${text}`,
      `${text},${text}`,
      `${text};x=y`,
      text.replace('ns=default', 'ns='),
      text.replace('n=reviews-v3', 'n='),
      text.replace('cs=reviews', 'cs='),
      text.replace('cr=v3;', ''),
      text.replace('cr=v3;v=v3', 'v=v3;cr=v3'),
      text.replace('default', 'def/ault'),
      text.replace('default', 'def ault'),
      text.replace('reviews-v3', 'réviews'),
      text.replace('reviews-v3', 'a\nb'),
      `${text}\n`,
      text.replace('reviews-v3', 'x'.repeat(254)),
      text.replaceAll('v3', 'x'.repeat(250)).replace('reviews;', `${'x'.repeat(250)};`),
    ];
    for (const one of refused) assert.equal(parsePeerMetadata(one), undefined, one.slice(0, 80));
  });

  test('what cannot be written is not said', () => {
    assert.equal(formatPeerMetadata({ ...reviews, name: 'a;ns=other' }), undefined);
    assert.equal(formatPeerMetadata({ ...reviews, namespace: '' }), undefined);
  });

  test('reading and writing are each other’s inverse, and reading anything else never throws', () => {
    const word = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?$/);
    const any = fc.record({
      name: word,
      namespace: word,
      canonicalService: word,
      canonicalRevision: word,
      version: fc.oneof(word, fc.constant('')),
      locality: fc.oneof(
        fc.constant(''),
        fc.tuple(word, word).map(([a, b]) => `${a}/${b}`),
      ),
    });
    fc.assert(
      fc.property(any, (metadata) => {
        const written = formatPeerMetadata(metadata);
        assert.ok(written !== undefined && written.length <= 1024);
        assert.deepEqual(parsePeerMetadata(written), { ...metadata });
      }),
      { numRuns: propertyRuns(300) },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (anything) => {
        const read = parsePeerMetadata(anything);
        if (read !== undefined) assert.equal(formatPeerMetadata(read), anything);
      }),
      { numRuns: propertyRuns(300) },
    );
  });

  test('an identity speaks for its own namespace only', () => {
    const table: [string, boolean][] = [
      ['/ns/default/sa/reviews', true],
      ['/ns/other/sa/reviews', false],
      ['/ns/default', false],
      ['/x/ns/default/sa/reviews', false],
    ];
    for (const [path, expected] of table) {
      assert.equal(speaksFor({ trustDomain: 'cluster.local', path }, reviews), expected, path);
    }
  });
});
