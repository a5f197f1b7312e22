import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseResources } from '../../src/config/parse.ts';
import { KINDS, type Kind } from '../../src/config/resource/kinds.ts';
import { resourcesOf, said } from '../support/parsed.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { missingThirdParty, thirdParty, thirdPartyFolder } from '../support/third-party.ts';

const HEAD = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: reviews\nspec:\n';
const virtualService = (spec: string) => `${HEAD}${spec.trimEnd().replace(/^/gm, '  ')}\n`;
const ROUTE = 'hosts: [reviews]\nhttp:\n- route:\n  - destination:\n      host: reviews\n';

describe('a file', () => {
  test('gives its documents as resources, in order, with empty ones ignored', () => {
    const text = `---\n# nothing\n---\n${virtualService(ROUTE)}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n`;
    assert.deepEqual(
      resourcesOf(text).map(({ kind, namespace, name }) => [kind, namespace, name]),
      [
        ['VirtualService', 'default', 'reviews'],
        ['Namespace', '', 'shop'],
      ],
    );
  });

  test('may hold Lists, whose items are positioned and written out as documents of their own', () => {
    const item = (name: string) =>
      `- apiVersion: v1\n  kind: ServiceAccount\n  metadata:\n    name: ${name}\n`;
    const resources = resourcesOf(`apiVersion: v1\nkind: List\nitems:\n${item('a')}${item('b')}`);
    assert.deepEqual(
      resources.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.equal(resources[1]?.origin.at(['metadata', 'name']).line, 11);
    assert.deepEqual(
      resourcesOf(resources[1]?.origin.text ?? '').map(({ name }) => name),
      ['b'],
    );
  });

  test('keeps the text of every document, which reads as the same resource', () => {
    const text = `${virtualService(ROUTE)}---\n${virtualService(ROUTE).replace('name: reviews', 'name: second')}`;
    for (const resource of resourcesOf(text)) {
      const again = resourcesOf(resource.origin.text);
      assert.deepEqual(
        again.map(({ name, spec }) => ({ name, spec })),
        [{ name: resource.name, spec: resource.spec }],
      );
    }
  });

  test('takes the namespace of the options when a resource names none', () => {
    const { resources } = parseResources(virtualService(ROUTE), 'f', { defaultNamespace: 'shop' });
    assert.equal(resources[0]?.namespace, 'shop');
  });

  test('finds any field, or the nearest ancestor that is written', () => {
    const [resource] = resourcesOf(virtualService(ROUTE));
    const at = (...path: (string | number)[]) => {
      const { line, column } = resource?.origin.at(path) ?? { line: 0, column: 0 };
      return `${line}:${column}`;
    };
    assert.equal(at('spec', 'http', 0, 'route', 0, 'destination', 'host'), '10:15');
    assert.equal(at('spec', 'http', 0, 'timeout'), '8:5');
    assert.equal(at('spec', 'http'), '7:3');
    assert.equal(at('metadata', 'namespace'), '3:1');
  });
});

describe('what is wrong is said where it stands', () => {
  const service = (port: string) =>
    `apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n  - ${port}\n`;
  const policy = (spec: string) =>
    `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: a\nspec:\n  ${spec}\n`;
  const cases: readonly (readonly [what: string, text: string, says: readonly string[]])[] = [
    ['text that is not YAML', 'a: [1', ['error WFT0003 1:6']],
    ['a key written twice', 'a: 1\nb: 2\na: 3', ['error WFT0005 3:1']],
    ['a key that reaches the prototype', 'a:\n  __proto__: 1', ['error WFT0004 2:3']],
    ['the same in quotes', '"constructor": 1', ['error WFT0004 1:1']],
    ['a key that is a list', '[a]: 1', ['error WFT0004 1:1']],
    ['an unknown tag', 'a: !!js/function x', ['error WFT0006 1:4']],
    ['a merge key', 'a: &x {b: 1}\nc:\n  <<: *x', ['error WFT0007 3:3']],
    ['an alias that holds itself', 'a: &x [*x]', ['error WFT0008 1:7']],
    ['YAML 1.1', '%YAML 1.1\n---\na: 1', ['error WFT0003 2:1']],
    ['a document that is a list', '- a', ['error WFT0100 1:1']],
    ['a document without kind', 'apiVersion: v1', ['error WFT0100 1:1']],
    ['a misspelt kind', 'apiVersion: v1\nkind: Sevice', ['error WFT0101 2:7']],
    [
      'a kind of Istio that is not run',
      'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator',
      ['error WFT0102 2:7'],
    ],
    [
      'an unknown version of the Gateway API',
      'apiVersion: gateway.networking.k8s.io/v2\nkind: Gateway',
      ['error WFT0106 1:13'],
    ],
    ['an unknown version', 'apiVersion: networking.istio.io/v2\nkind: Gateway', ['error WFT0106 1:13']],
    [
      'a name with capitals',
      HEAD.replace('reviews', 'Reviews') + ROUTE.replace(/^/gm, '  '),
      ['error WFT0107 4:9'],
    ],
    ['a misspelt field', virtualService(`${ROUTE}htp: []`), ['error WFT0103 11:3']],
    ['an unknown Kubernetes field', service('{port: 80, prot: x}'), ['error WFT0103 7:16']],
    ['a port out of range', service('port: 70000'), ['error WFT0104 7:11']],
    ['a missing field', service('name: http'), ['error WFT0105 7:5']],
    ['an empty value', virtualService('hosts:\nhttp: []'), ['error WFT0104 6:3']],
    ['an empty from, which would match everyone', policy('rules: [{from: }]'), ['error WFT0104 6:12']],
    [
      'an empty source, which would match everyone',
      policy('rules: [{from: [{source: {}}]}]'),
      ['error WFT0104 6:20'],
    ],
    [
      'a policy that asks somebody else',
      policy('action: CUSTOM'),
      ['error WFT0104 5:1', 'error WFT0104 5:1'],
    ],
    ['a number where text is meant', virtualService(`${ROUTE}exportTo: [1]`), ['error WFT0104 11:14']],
    [
      'a field that is not applied',
      virtualService(`${ROUTE}  websocketUpgrade: true`),
      ['notice WFT0201 11:5'],
    ],
    [
      'a value that Kubernetes reads differently',
      virtualService(`${ROUTE}  name: yes`),
      ['warning WFT0009 11:11'],
    ],
    ['Kubernetes fields without a meaning', service('{port: 80, nodePort: 30000}'), ['notice WFT0110 5:1']],
  ];
  for (const [what, text, says] of cases) test(what, () => assert.deepEqual(said(text), says));

  test('with the resource, the field and what to do', () => {
    const { diagnostics } = parseResources(virtualService(`${ROUTE}  timout: 1s`), 'mesh.yaml');
    assert.deepEqual(diagnostics, [
      {
        code: 'WFT0103',
        severity: 'error',
        resource: 'VirtualService default/reviews',
        path: 'spec.http[0].timout',
        position: { file: 'mesh.yaml', line: 11, column: 5 },
        message: 'unknown field spec.http[0].timout (did you mean "timeout"?)',
        remedy: 'write timeout',
      },
    ]);
  });
});

describe('limits', () => {
  const hostile: readonly (readonly [what: string, text: string, code: string])[] = [
    ['a file over 1 MiB', `a: "${'é'.repeat(600_000)}"`, 'WFT0001'],
    ['100,000 open lists', '['.repeat(100_000), 'WFT0002'],
    ['100,000 nested block lists', '- '.repeat(100_000), 'WFT0002'],
    ['lists closed in quotes only', '["]", '.repeat(50_000), 'WFT0002'],
    [
      'an alias bomb',
      `a: &a [1]\n${'bcdefghij'
        .split('')
        .map((key, i) => `${key}: &${key} [${`*${'abcdefghij'[i]},`.repeat(9)}]`)
        .join('\n')}`,
      'WFT0008',
    ],
  ];
  for (const [what, text, code] of hostile) {
    test(`${what} is refused by one diagnostic`, () => {
      assert.deepEqual(
        parseResources(text, 'f').diagnostics.map((found) => found.code),
        [code],
      );
    });
  }

  test('64 collections inside each other are read, 70 are not', () => {
    const nested = (depth: number) =>
      parseResources('['.repeat(depth) + ']'.repeat(depth), 'f').diagnostics[0]?.code;
    assert.equal(nested(64), 'WFT0100');
    assert.equal(nested(70), 'WFT0002');
  });

  test('a resource with a thousand mistakes gives a hundred diagnostics', () => {
    const wrong = Array.from({ length: 1000 }, (_, i) => `  wrong${i}: 1`).join('\n');
    assert.equal(parseResources(`${HEAD}  hosts: [a]\n${wrong}`, 'f').diagnostics.length, 100);
  });
});

test('no input throws, and none reaches the prototype of objects', () => {
  const words = [
    'apiVersion',
    'kind',
    'metadata',
    'name',
    'spec',
    'http',
    '__proto__',
    'constructor',
    'items',
    'List',
    'v1',
  ];
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...words, null, 1, true, '1s', '*', '{*}', 'Service', 'networking.istio.io/v1'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.array(fc.tuple(fc.constantFrom(...words), tie('node')), { maxLength: 4 }),
    ),
  })).node;
  const yaml = (node: unknown): string => {
    if (!Array.isArray(node)) return JSON.stringify(node);
    const pairs =
      node.length > 0 &&
      node.every((item) => Array.isArray(item) && item.length === 2 && typeof item[0] === 'string');
    return pairs
      ? `{${node.map(([key, inner]) => `${JSON.stringify(key)}: ${yaml(inner)}`).join(', ')}}`
      : `[${node.map(yaml).join(', ')}]`;
  };
  fc.assert(
    fc.property(
      value,
      fc.constantFrom<Kind>('Service', 'Gateway', 'Deployment', 'AuthorizationPolicy'),
      (spec, kind) => {
        const group = KINDS[kind].apiVersions[0];
        parseResources(
          `{apiVersion: ${group}, kind: ${kind}, metadata: {name: a}, spec: ${yaml(spec)}}`,
          'f',
        );
        parseResources(yaml(spec), 'f');
        assert.equal(Reflect.get({}, 'polluted'), undefined);
      },
    ),
    { numRuns: propertyRuns(300) },
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => void parseResources(text, 'f')),
    { numRuns: propertyRuns(500) },
  );
});

const folders = ['platform', 'networking'].map((name) => `bookinfo/${name}`);
for (const folder of folders) {
  test(`every manifest of ${folder} is accepted as it is`, { skip: missingThirdParty(folder) }, () => {
    const root = thirdPartyFolder(folder);
    for (const file of readdirSync(root)) {
      const { resources, diagnostics } = parseResources(readFileSync(new URL(file, root), 'utf8'), file);
      assert.deepEqual(
        diagnostics.filter(({ severity }) => severity === 'error'),
        [],
        file,
      );
      assert.ok(resources.length > 0, file);
    }
  });
}

interface ValidationCase {
  readonly id: string;
  readonly kind: string;
  readonly valid: boolean;
  readonly yaml: string;
}

test("Istio's own validation cases of our kinds are judged alike", {
  skip: missingThirdParty('istio-validation.jsonl'),
}, () => {
  const kinds = new Set([
    'Gateway',
    'VirtualService',
    'DestinationRule',
    'ServiceEntry',
    'PeerAuthentication',
    'AuthorizationPolicy',
  ]);
  const cases = thirdParty('istio-validation.jsonl')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ValidationCase)
    .filter(({ kind }) => kinds.has(kind));
  const different = cases.filter(({ id, yaml, valid }) => {
    const text = yaml.replace(/@@REPEAT\((.),(\d+)\)@@/g, (_, letter: string, times: string) =>
      letter.repeat(Number(times)),
    );
    const errors = parseResources(text, id).diagnostics.filter(({ severity }) => severity === 'error');
    // A refusal for want of the protection is no judgement on the resource's form.
    const wrong = valid ? errors.filter(({ code }) => code !== 'WFT0301') : errors;
    return (wrong.length === 0) !== valid;
  });
  // A Unix socket without port number, three certificates, an empty match, an address that YAML 1.2 reads as a map.
  assert.ok(different.length <= 4, `judged differently: ${different.map(({ id }) => id).join(', ')}`);
});
