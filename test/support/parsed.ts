import assert from 'node:assert/strict';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';

/** `error WFT0104 3:7` of everything that parsing says. */
export function said(text: string): string[] {
  return parseResources(text, 'mesh.yaml').diagnostics.map(
    ({ severity, code, position }) => `${severity} ${code} ${position.line}:${position.column}`,
  );
}

/** The resources of a text that has no errors. */
export function resourcesOf(text: string): Resource[] {
  const { resources, diagnostics } = parseResources(text, 'mesh.yaml');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  return [...resources];
}
