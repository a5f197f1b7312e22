import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isTestText, readTestFile } from '../../../cli/test/read-test-file.ts';

const noRules = () => undefined;

function problems(text: string): string[] {
  const { diagnostics } = readTestFile({ file: 'a.test.yaml', text }, noRules);
  return diagnostics.map(({ position: { line, column }, message }) => `${line}:${column} ${message}`);
}

const oneCase = (request: string, expect: string) =>
  `cases:\n  - name: one\n    request: ${request}\n    expect: ${expect}\n`;

describe('a file of tests', () => {
  test('holds cases with their positions', () => {
    const text = oneCase('{ url: "http://a.test/" }', '{ status: 404 }');
    const { cases, diagnostics } = readTestFile({ file: 'a.test.yaml', text }, noRules);
    assert.deepEqual(diagnostics, []);
    const [only] = cases;
    assert.equal(only?.name, 'one');
    assert.deepEqual(only?.position, { file: 'a.test.yaml', line: 2, column: 5 });
    assert.deepEqual(only?.questions, [{ method: 'GET', url: 'http://a.test/', headers: [] }]);
  });

  test('may write host and path apart, headers as numbers and lists, and who calls', () => {
    const request =
      '{ method: POST, host: "a.test:8080", path: x, headers: { a: 1, b: [c, d] }, from: w, principal: td/ns/a/sa/b, remoteAddress: 10.0.0.1, claims: { sub: ann } }';
    const { cases } = readTestFile({ file: 'f', text: oneCase(request, '{ status: 404 }') }, noRules);
    assert.deepEqual(cases[0]?.questions, [
      {
        method: 'POST',
        url: 'http://a.test:8080/x',
        headers: ['a: 1', 'b: c', 'b: d'],
        from: 'w',
        principal: { trustDomain: 'td', path: '/ns/a/sa/b' },
        claims: { sub: 'ann' },
        remoteAddress: '10.0.0.1',
      },
    ]);
  });

  const mistakes: readonly (readonly [what: string, text: string, problem: RegExp])[] = [
    ['no YAML', 'cases: [', /^1:\d+ /],
    ['no cases', '# nothing\n', /^1:1 the file has no cases$/],
    ['an empty list', 'cases: []\n', /^1:1 cases should have at least 1 items/],
    [
      'an unknown field',
      oneCase('{ url: "http://a/", metod: GET }', '{}'),
      /^3:34 unknown field cases\[0\]\.request\.metod \(did you mean "method"\?\)/,
    ],
    [
      'a URL of another scheme',
      oneCase('{ url: "ftp://a/" }', '{}'),
      /^3:21 cases\[0\]\.request\.url: must begin with http/,
    ],
    [
      'neither url nor host',
      oneCase('{ path: / }', '{}'),
      /^3:5 cases\[0\]\.request: needs either url, or host/,
    ],
    [
      'both url and path',
      oneCase('{ url: "http://a/", path: / }', '{}'),
      /^3:5 cases\[0\]\.request: has its path in url/,
    ],
    [
      'a principal that is none',
      oneCase('{ url: "http://a/", principal: "spiffe://A/b" }', '{}'),
      /^3:45 .*is no principal/,
    ],
    [
      'an unknown expectation',
      oneCase('{ url: "http://a/" }', '{ stats: 200 }'),
      /^4:15 unknown field cases\[0\]\.expect\.stats/,
    ],
    [
      'an unknown field of a destination',
      oneCase('{ url: "http://a/" }', '{ destination: { service: a, subst: b } }'),
      /^4:42 unknown field/,
    ],
    [
      'a policy that is no decision',
      oneCase('{ url: "http://a/" }', '{ policy: maybe }'),
      /^4:23 .*supported values: "allow", "deny"/,
    ],
    [
      'text for a status',
      oneCase('{ url: "http://a/" }', '{ status: ok }'),
      /^4:23 cases\[0\]\.expect\.status must be a number/,
    ],
    [
      'a case without a name',
      'cases:\n  - request: { url: "http://a/" }\n    expect: {}\n',
      /^2:5 .*name: Required/,
    ],
    [
      'an empty list of authorities',
      'testCases:\n  - description: d\n    request: { authority: [], method: [GET], uri: [/] }\n',
      /^3:16 testCases\[0\]\.request\.authority is empty/,
    ],
  ];
  for (const [what, text, problem] of mistakes)
    test(`with ${what} says where and what`, () => {
      const found = problems(text);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', problem);
    });

  test('is told from manifests by its keys', () => {
    assert.ok(isTestText('cases:\n  - name: a\n'));
    assert.ok(isTestText('# c\ntestCases: []\n'));
    assert.ok(!isTestText('kind: Service\nspec:\n  cases: 1\n'));
    assert.ok(!isTestText('apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |\n    cases:\n'));
  });
});
