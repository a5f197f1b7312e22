import { globSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { analyze } from '../../src/config/analyze/analyze.ts';
import { PLATFORMS } from '../../src/config/analyze/platform.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { convert } from '../../src/config/convert/convert.ts';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { parseResources } from '../../src/config/parse.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { KINDS, type Kind, writtenKind } from '../../src/config/resource/kinds.ts';

/** A text and what is found in it under one code. */
export interface CodeExample {
  readonly text: string;
  readonly found: Diagnostic;
}

/** The shortest example of each code among the fixtures, if there is one of those with a remedy, by code. */
export function codeExamples(): ReadonlyMap<string, CodeExample> {
  const examples = new Map<string, CodeExample>();
  for (const text of [...analysed(), ...refused(), ...others()].sort((a, b) => a.length - b.length)) {
    for (const found of everythingAbout(text)) {
      const known = examples.get(found.code)?.found;
      if (known === undefined || (known.remedy === undefined && found.remedy !== undefined))
        examples.set(found.code, { text: shown(text), found });
    }
  }
  return examples;
}

const config = new URL('../config/', import.meta.url);

function everythingAbout(text: string): readonly Diagnostic[] {
  const { resources, refused, diagnostics } = parseResources(text, 'example.yaml');
  const wanted = /^# target: (\w+)$/m.exec(text)?.[1];
  const targets = PLATFORMS.filter((name) => name === wanted);
  if (/^# convert$/m.test(text)) return convert(resources, 'gateway-api', defaultMeshSettings).diagnostics;
  return [
    ...diagnostics,
    ...readConfiguration([{ file: 'example.yaml', text }]).diagnostics,
    ...analyze(resources, { refused, kubernetes: true, targets }),
    ...compileMesh(resources, defaultMeshSettings).diagnostics,
  ];
}

/** Cases of analysis that stand in a file of their own. */
function analysed(): readonly string[] {
  const folder = new URL('analyze/cases/', config);
  return globSync('*.yaml', { cwd: fileURLToPath(folder) }).flatMap((file) =>
    readFileSync(new URL(file, folder), 'utf8')
      .split(/^### /m)
      .slice(1)
      .map((part) => part.slice(part.indexOf('\n') + 1)),
  );
}

/** Refused texts, one a line in files by kind; `$X` stands for what `@X` says. */
function refused(): readonly string[] {
  const folder = new URL('refused/', config);
  return readdirSync(folder).flatMap((file) => {
    const parts = new Map<string, string>();
    let head = '';
    return readFileSync(new URL(file, folder), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, part = '', meaning = ''] = /^@(\w+) = (.*)$/.exec(line) ?? [];
        if (part !== '') parts.set(part, meaning);
        if (line.startsWith('kind: ')) head = headOf(line.slice('kind: '.length) as Kind);
        const [, body] = /^WFT\d+ (.*)$/.exec(line) ?? [];
        if (body === undefined) return [];
        return [head + body.replace('¦', '').replace(/\$(\w+)/g, (_, name: string) => parts.get(name) ?? '')];
      });
  });
}

const headOf = (kind: Kind): string =>
  `apiVersion: ${KINDS[kind].apiVersions[0]}\nkind: ${writtenKind(kind)}\nmetadata: {name: a}\nspec: `;

/** Examples that are nobody else's case. */
function others(): readonly string[] {
  return readFileSync(new URL('code-examples.txt', config), 'utf8')
    .split(/^### .*\n/m)
    .slice(1);
}

/** Without what the fixtures say for their tests. */
function shown(text: string): string {
  const lines = text.split('\n').filter((line) => !/^# (?:IST|WFT)\d{4} |^# (?:convert|codes:)/.test(line));
  return lines.join('\n').replace(/^(?:---\n)+|(?:\n?---)?\s*$/g, '');
}
