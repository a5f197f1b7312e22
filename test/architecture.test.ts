import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOnly, type SourceFile, sourceFiles } from './support/source-tree.ts';

/** Who may import whom: the room a file stands in → the places it may take from. */
const importTable: readonly (readonly [
  room: string,
  allowed: readonly string[],
  typesOnly?: readonly string[],
])[] = [
  ['src/http/', ['src/http/']],
  ['src/match/', ['src/match/', 're2js']],
  ['src/dns/', ['src/dns/', 'src/match/'], ['src/snapshot/']],
  ['src/snapshot/', ['src/snapshot/', 'src/identity/', 'src/runtime/ports.ts', 'jose'], ['src/match/']],
  ['src/config/', ['src/config/', 'src/snapshot/', 'src/match/', 'src/identity/spiffe.ts', 'yaml', 'zod']],
  [
    'src/proxy/',
    ['src/proxy/', 'src/snapshot/', 'src/match/', 'src/http/', 'src/identity/', 'src/runtime/ports.ts'],
  ],
  ['src/identity/', ['src/identity/', 'src/runtime/ports.ts', 'jose', '@peculiar/x509', 'reflect-metadata']],
  ['src/runtime/ports.ts', []],
  [
    'src/runtime/',
    ['src/runtime/', 'src/http/', 'src/dns/', 'src/identity/', 'src/proxy/forward/transport.ts', 'node:'],
    ['src/proxy/', 'src/snapshot/'],
  ],
];

const files = sourceFiles('src');
const programs = ['gateway', 'sidecar', 'control', 'cli', 'dashboard'].flatMap(sourceFiles);

test('every room imports only what the import table allows', () => {
  const breaches = files.flatMap((file) => {
    const row = importTable.find(([room]) => file.path.startsWith(room));
    assert.ok(row, `${file.path} stands in no room of the table`);
    const [, allowed, typesOnly = []] = row;
    const may = (target: string, list: readonly string[]) => list.some((prefix) => target.startsWith(prefix));
    return file.imports
      .filter(({ target, typeOnly }) => !may(target, allowed) && !(typeOnly && may(target, typesOnly)))
      .map(({ target }) => `${file.path} → ${target}`);
  });
  assert.deepEqual(breaches, []);
});

test('nobody imports a program, and the core imports no program', () => {
  const names = ['gateway/', 'sidecar/', 'control/', 'cli/', 'dashboard/'];
  const breaches = [...files, ...programs].flatMap((file) =>
    file.imports
      .filter(({ target }) => names.some((name) => target.startsWith(name) && !file.path.startsWith(name)))
      .map(({ target }) => `${file.path} → ${target}`),
  );
  assert.deepEqual(breaches, []);
});

test('there is no import cycle', () => {
  const graph = new Map(
    files.map((file) => [file.path, file.imports.filter((i) => !i.typeOnly).map((i) => i.target)]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `cycle: ${[...trail, path].join(' → ')}`);
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
});

const ambient: readonly (readonly [word: RegExp, what: string])[] = [
  [/(^|[^.\w])(Deno|Bun)\./m, 'a platform global'],
  [/(^|[^.\w])process\./m, 'a platform global'],
  [/\bDate\.now\(|\bnew Date\(\s*\)|\bperformance\.now\(/, 'the clock'],
  [/\bMath\.random\(|\bgetRandomValues\(|\brandomUUID\(/, 'randomness'],
  [/(^|[^.\w])set(Timeout|Interval)\(/m, 'a timer'],
];

test('only src/runtime touches a platform, the clock, randomness or a timer', () => {
  const breaches = files
    .filter((file) => !file.path.startsWith('src/runtime/'))
    .flatMap((file) =>
      ambient.filter(([word]) => word.test(codeOnly(file.text))).map(([, what]) => `${file.path}: ${what}`),
    );
  assert.deepEqual(breaches, []);
});

test('the request URL is read only where the fetch adapter makes the canonical request', () => {
  const reads = /\breq(uest)?\.url\b|\bnew URL\((req|request)\b/;
  const breaches = [
    ...files,
    ...programs.filter((file) => file.path.startsWith('gateway/') || file.path.startsWith('sidecar/')),
  ]
    .filter((file) => !file.path.startsWith('src/runtime/fetch/') && reads.test(codeOnly(file.text)))
    .map((file) => file.path);
  assert.deepEqual(breaches, []);
});

test('files are small, and named for a noun', () => {
  const vague = /(^|\/)(utils?|helpers?|common|lib|misc|index)(\/|\.ts$)/;
  const long = (file: SourceFile) => file.text.split('\n').length > 300;
  const breaches = [...files, ...programs]
    .filter((file) => long(file) || vague.test(file.path))
    .map((file) => file.path);
  assert.deepEqual(breaches, []);
});

test('no file says any, ignores the type checker, or leaves work for later', () => {
  const word = /(:\s*|\bas )any\b|@ts-(ignore|nocheck)|\b(TODO|FIXME|XXX|HACK)\b/;
  const breaches = [...files, ...programs].filter((file) => word.test(file.text)).map((file) => file.path);
  assert.deepEqual(breaches, []);
});
