import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseResources } from '../../src/config/parse.ts';
import { KINDS, type Kind, writtenKind } from '../../src/config/resource/kinds.ts';

/**
 * `CODE TEXT` a line, where `¦` stands before the character that the diagnostic points at; without it, that is `spec`.
 * `kind: K` makes the following texts specs of K; `document:` makes them documents. `@X = text` defines `$X`.
 */
const folder = new URL('./refused/', import.meta.url);

interface Case {
  readonly code: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
}

const HEAD = (kind: string) =>
  `apiVersion: ${KINDS[kind as Kind].apiVersions[0]}\nkind: ${writtenKind(kind as Kind)}\nmetadata: {name: a}\nspec: `;

function casesOf(file: string): readonly Case[] {
  const parts = new Map<string, string>();
  let head = '';
  return readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, part, meaning] = /^@(\w+) = (.*)$/.exec(line) ?? [];
      if (part !== undefined) parts.set(part, meaning ?? '');
      if (line.startsWith('kind: ')) head = HEAD(line.slice('kind: '.length));
      const [, code, body] = /^(WFT\d+) (.*)$/.exec(line) ?? [];
      if (code === undefined || body === undefined) return [];
      const written = head + body.replace(/\$(\w+)/g, (_, name: string) => parts.get(name) ?? '');
      const mark = written.indexOf('¦');
      const before = written.slice(0, mark < 0 ? written.indexOf('spec: ') : mark).split('\n');
      return [
        {
          code,
          text: written.replace('¦', ''),
          line: before.length,
          column: (before.at(-1) ?? '').length + 1,
          name: body,
        },
      ];
    });
}

const files = readdirSync(folder);

for (const file of files) {
  describe(`${file.replace('.txt', '')}: refused, with its code, where it stands`, () => {
    for (const { code, text, line, column, name } of casesOf(file)) {
      test(`${code} ${name}`, () => {
        const { resources, diagnostics } = parseResources(text, 'f.yaml');
        assert.deepEqual(resources, [], 'nothing of it is taken');
        const places = diagnostics
          .filter((one) => one.severity === 'error')
          .map((one) => `${one.code} ${one.position.line}:${one.position.column}`);
        assert.ok(places.includes(`${code} ${line}:${column}`), places.join(', ') || 'accepted');
      });
    }
  });
}

test('there are at least 300 of them', () => {
  assert.ok(files.flatMap(casesOf).length >= 300);
});
