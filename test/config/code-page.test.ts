import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../../src/config/diagnostic-codes.ts';
import { type CodeExample, codeExamples } from '../support/code-examples.ts';

const page = new URL('../../docs/diagnostic-codes.md', import.meta.url);

/** Of what no text of a few lines brings about. */
const TOLD: ReadonlyMap<string, readonly [cause: string, remedy: string]> = new Map([
  ['WFT0001', ['A file is larger than 1 MiB.', 'Split it into several files.']],
  ['WFT0002', ['Collections stand more than 64 deep inside each other.', 'Flatten the document.']],
  [
    'WFT0114',
    [
      'What `weft get` printed of a Secret was applied; its keys had been taken out.',
      'Apply the file that the Secret came from.',
    ],
  ],
  [
    'WFT0401',
    [
      'The configuration is in force for sidecars; the store of the gateway on Workers could not be written.',
      'Nothing: control tries again until it succeeds.',
    ],
  ],
  [
    'WFT0402',
    [
      'The compiled configuration exceeds a limit that readers enforce; the message names it.',
      'Split what is too large, most often a VirtualService or a policy.',
    ],
  ],
  [
    'WFT0403',
    [
      'A document in the store of control is damaged, or was written by a version with other rules.',
      'Apply the resource anew, delete it, or apply everything with `--replace`.',
    ],
  ],
]);

/** Where the finding itself has none. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['WFT0003', 'Correct the YAML where the message points.'],
  ['WFT0100', 'Write `apiVersion`, `kind` and `metadata` at the top of the document.'],
  ['WFT0107', 'Choose a name of lower-case letters, digits and "-", of 63 or 253 characters at most.'],
  ['WFT0110', 'None is needed: these fields matter to Kubernetes only.'],
  ['WFT0111', 'Keep one of the documents.'],
  ['WFT0113', 'Write the namespace in lower case.'],
  ['WFT0201', 'Leave the field out, or know that it has no effect.'],
  ['WFT0207', 'Run the ports as workloads of their own, if the application must tell them apart.'],
  ['WFT0209', 'Correct the reference, or add the Service and, across namespaces, a ReferenceGrant.'],
  [
    'WFT0210',
    'Add the VirtualService without hosts that the rule delegates to, or export it to this namespace.',
  ],
  ['WFT0509', 'Route to the subset, or remove it.'],
  ['WFT0601', 'Write the rule without it, or keep the host in the form that it has.'],
  ['IST0102', 'Only where Istio runs the manifests: label the namespace.'],
  ['IST0103', 'Only where Istio runs the manifests: restart the pod.'],
  ['IST0123', 'Keep one of the labels.'],
  ['IST0125', 'Correct the value of the annotation.'],
  ['IST0135', 'Leave the annotation out.'],
  ['IST0136', 'Use it knowing that it may change.'],
  ['IST0151', 'Give the EnvoyFilter a priority.'],
  ['IST0152', 'Use MERGE, or another operation that applyTo has.'],
  ['IST0153', 'Use another operation, or another applyTo.'],
  ['IST0154', 'Use another operation, or another applyTo.'],
  ['IST0155', 'Give the EnvoyFilter a priority.'],
]);

const HEAD = `# Diagnostic codes

Generated from the table of codes and the fixtures of the tests by
\`WEFT_GOLDEN=write node --test test/config/code-page.test.ts\`.

Codes that begin with IST have the meaning that Istio gives them. *Error* refuses what it is about, *warning* and
*notice* let it pass. Silence one with \`weft analyze --suppress "IST0101=VirtualService default/*"\`.
`;

function codePage(): string {
  const examples = codeExamples();
  const codes = Object.entries<DiagnosticCode>(DIAGNOSTIC_CODES);
  return [HEAD, ...codes.map(([code, about]) => section(code, about, examples.get(code)))].join('\n');
}

function section(
  code: string,
  { title, severity, analyzed }: DiagnosticCode,
  example: CodeExample | undefined,
) {
  const level = analyzed ? `${severity}; ${analyzed} to \`weft analyze\`` : severity;
  const [cause, remedy] = TOLD.get(code) ?? [
    example?.found.message,
    example?.found.remedy ?? REMEDIES.get(code),
  ];
  assert.ok(cause, `${code} has neither an example nor a text`);
  assert.ok(remedy, `${code} has no remedy`);
  return [
    `## ${code}: ${title}`,
    '',
    `*${level}*`,
    '',
    TOLD.has(code) ? cause : `> ${cause.replaceAll('\n', ' ').replaceAll('<', '\\<').replaceAll('*', '\\*')}`,
    '',
    `Remedy: ${remedy.replaceAll('<', '\\<').replaceAll('*', '\\*')}`,
    '',
    ...(example && !TOLD.has(code) ? ['```yaml', example.text, '```', ''] : []),
  ].join('\n');
}

test('the page of codes tells of every code, with a cause and an example', () => {
  const text = codePage();
  if (process.env.WEFT_GOLDEN === 'write') writeFileSync(page, text);
  const same = readFileSync(page, 'utf8') === text;
  assert.ok(same, 'write it anew: WEFT_GOLDEN=write node --test test/config/code-page.test.ts');
});
