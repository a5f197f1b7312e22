import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenResource } from '../../dashboard/configuration/resource-view.ts';
import { diffKind, diffView } from '../../dashboard/configuration/text-view.ts';
import { textOf } from '../../dashboard/dom/element.ts';
import { parsePlace } from '../../dashboard/place.ts';
import { certificateLife } from '../../dashboard/proxies/certificate-life.ts';
import { configurationTable } from '../../dashboard/proxies/proxy-page.ts';

const resource = (name: string, file: string, line: number) => ({
  kind: 'K',
  namespace: 'ns',
  name,
  file,
  line,
  text: '',
});

test('an address names a resource by key, or by the file and line of an explanation', () => {
  const resources = [resource('a', 'x.yaml', 1), resource('b', 'x.yaml', 20), resource('c', 'y.yaml', 1)];
  const chosen = (hash: string) => chosenResource(resources, parsePlace(hash))?.name;
  assert.equal(chosen('#/configuration/K%2Fns%2Fb'), 'b');
  assert.equal(chosen('#/configuration?file=x.yaml&line=19'), 'a');
  assert.equal(chosen('#/configuration?file=x.yaml&line=20'), 'b');
  assert.equal(chosen('#/configuration?file=y.yaml&line=400'), 'c');
  assert.equal(chosen('#/configuration?file=z.yaml&line=1'), undefined);
});

test('lines of a diff are told apart', () => {
  assert.deepEqual(['@@ -1 +1 @@', '+a', '-b', ' c', ''].map(diffKind), [
    'hunk',
    'added',
    'removed',
    'same',
    'same',
  ]);
  assert.match(textOf(diffView('+<img onerror=x>')), /<img onerror=x>/);
});

test('a certificate warns when it should have been rotated, and says when it ran out', () => {
  const certificate = { id: 'spiffe://x/y', notBefore: 0, notAfter: 100_000 };
  const kind = (now: number) => certificateLife(certificate, now).kind;
  assert.deepEqual([0, 50_000, 79_000, 81_000, 100_000].map(kind), ['ok', 'ok', 'ok', 'warn', 'bad']);
  assert.equal(certificateLife(certificate, 160_000).text, 'expired 1 min ago');
});

test('a part of a configuration is a table of whatever columns it has', () => {
  const text = textOf({
    tag: 'div',
    key: undefined,
    attributes: new Map(),
    handlers: new Map(),
    children: [configurationTable({ rows: [{ a: 1 }, { b: { c: 2 } }] })].flatMap((one) =>
      typeof one === 'object' && 'tag' in one ? [one] : [],
    ),
  });
  assert.equal(text, 'ab1––{"c":2}');
});
