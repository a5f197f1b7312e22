import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseRequest } from '../../../cli/command/explain.ts';
import type { Publication } from '../../../dashboard/control-api.ts';
import { textOf } from '../../../dashboard/dom/element.ts';
import { answer } from '../../../dashboard/playground/answer.ts';
import { playgroundView } from '../../../dashboard/playground/playground-view.ts';
import { callerSnapshot, callers, knownUrls, readQuestion } from '../../../dashboard/playground/question.ts';
import { compileMesh } from '../../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { explainHops } from '../../../src/proxy/explain/explain-hops.ts';
import { targetName } from '../../../src/snapshot/target.ts';

const files = ['gateway', 'routing', 'security', 'services'].map((name) => {
  const file = `examples/bookinfo/${name}.yaml`;
  return { file, text: readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8') };
});
const { snapshots, sources } = compileMesh(readConfiguration(files).resources, defaultMeshSettings);
/** As it comes over the wire. */
const publication: Publication = JSON.parse(
  JSON.stringify({ revision: 3, targets: snapshots.map((one) => [targetName(one.target), one]), sources }),
);

const questions = ['', 'default/productpage-v1'].flatMap((from) =>
  [
    'http://shop.example/productpage',
    'http://shop.example/nothing',
    'http://reviews:9080/reviews/0',
    'https://shop.example/api/v1/products/0/reviews?x=1',
  ].flatMap((url) =>
    ['', 'end-user: jason', 'cookie: a=b\nx-forwarded-for: 1.2.3.4'].map((headers) => ({
      method: 'GET',
      url,
      headers,
      from,
    })),
  ),
);

describe('the playground', () => {
  test('says what weft explain says', () => {
    for (const question of questions) {
      const caller = callerSnapshot(publication, question.from) ?? assert.fail('no caller');
      const lines = question.headers.split('\n').filter((line) => line !== '');
      const request = parseRequest(question.method, question.url, lines, caller);
      const said = explainHops(
        request,
        caller,
        new Map(snapshots.map((one) => [targetName(one.target), one])),
      );
      const found = answer(question, publication);
      assert.ok(found.kind === 'hops');
      assert.deepEqual(found.hops, said, JSON.stringify(question));
    }
  });

  test('tells what is no request from what the door refuses', () => {
    const ask = (url: string, headers = '') => answer({ method: 'GET', url, headers, from: '' }, publication);
    assert.equal(ask('shop.example').kind, 'unreadable');
    assert.equal(ask('http://shop.example/', 'no colon').kind, 'unreadable');
    const refused = ask('http://shop.example/%00');
    assert.ok(refused.kind === 'refused');
    assert.equal(refused.status, 400);
    assert.equal(
      answer({ method: 'GET', url: 'http://x/', headers: '', from: 'a/b' }, publication).kind,
      'unreadable',
    );
  });

  test('begins with a request that some route is about', () => {
    const question = readQuestion(new Map(), publication);
    const found = answer(question, publication);
    assert.ok(found.kind === 'hops');
    assert.equal(found.hops[0]?.decision.kind, 'forward', JSON.stringify(question));
    assert.equal(callers(publication).length, 7);
    assert.ok(
      knownUrls(publication, 'default/productpage-v1').some((url) => url.startsWith('http://reviews')),
    );
  });

  test('shows every step with the YAML line behind it', () => {
    const settings = new Map([
      ['url', 'http://reviews:9080/reviews/0'],
      ['headers', 'end-user: jason'],
      ['from', 'default/productpage-v1'],
    ]);
    const text = textOf(playgroundView({ publication, settings, replace: () => undefined }));
    assert.match(text, /sidecar\/default\/productpage-v1/);
    assert.match(text, /outbound\|9080\|v2\|reviews\.default/);
    assert.match(text, /examples\/bookinfo\/routing\.yaml:\d+/);
    assert.match(text, /sidecar\/default\/reviews-v2/);
  });
});
