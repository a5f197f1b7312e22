import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { analyze } from '../../../src/config/analyze/analyze.ts';
import { PLATFORMS } from '../../../src/config/analyze/platform.ts';
import { DIAGNOSTIC_CODES } from '../../../src/config/diagnostic-codes.ts';
import { parseResources } from '../../../src/config/parse.ts';

/** A file: `# codes: …`, then cases: `### what`, YAML, and a line `# CODE Kind ns/name path` for each finding. */
interface Case {
  readonly file: string;
  readonly codes: readonly string[];
  readonly what: string;
  readonly text: string;
  readonly wanted: readonly string[];
}

const folder = new URL('cases/', import.meta.url);
const cases = globSync('*.yaml', { cwd: fileURLToPath(folder) })
  .sort()
  .flatMap(casesOf);

function casesOf(file: string): Case[] {
  const [head = '', ...parts] = readFileSync(new URL(file, folder), 'utf8').split(/^### /m);
  const codes = head.match(/(?:IST|WFT)\d{4}/g) ?? [];
  return parts.map((part) => {
    const [what = '', ...lines] = part.split('\n');
    const wanted = lines.filter((line) => /^# (?:IST|WFT)\d{4} /.test(line)).map((line) => line.slice(2));
    return { file, codes, what, text: lines.join('\n'), wanted: wanted.sort() };
  });
}

function found({ codes, text }: Case): string[] {
  const { resources, refused } = parseResources(text, 'case.yaml');
  const targets = /^# target: (\w+)$/m.exec(text)?.[1];
  return analyze(resources, {
    refused,
    kubernetes: true,
    targets: PLATFORMS.filter((name) => name === targets),
  })
    .filter(({ code }) => codes.includes(code))
    .map(({ code, resource, path }) => `${code} ${resource} ${path}`)
    .sort();
}

for (const file of new Set(cases.map((one) => one.file))) {
  describe(file.replace('.yaml', '').replaceAll('-', ' '), () => {
    for (const one of cases.filter((other) => other.file === file))
      test(`${one.what} ${one.wanted.length > 0 ? 'is reported' : 'is silent'}`, () =>
        assert.deepEqual(found(one), one.wanted));
  });
}

test('every code of analysis has a case that fires and one that does not', () => {
  const analysed = Object.keys(DIAGNOSTIC_CODES).filter((code) => /^IST|^WFT05/.test(code));
  const lacking = analysed.filter((code) => {
    const own = cases.filter(({ codes }) => codes.includes(code));
    const fires = own.some(({ wanted }) => wanted.some((line) => line.startsWith(code)));
    return !fires || !own.some(({ wanted }) => !wanted.some((line) => line.startsWith(code)));
  });
  assert.deepEqual(lacking, []);
});
