import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResources } from '../../src/config/parse.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly case: string;
  readonly valid: boolean;
  /** Texts that the messages contain; none: any. */
  readonly err: readonly string[];
  readonly yaml: string;
}

/** Valid, and refused here by name because ignoring it would weaken security. */
const CANNOT_PROTECT = 'WFT0301';

/** The Gateway API's own validation cases: accepted or refused, with the messages of its CRDs. */
export const suite: Suite = {
  name: 'gateway-api-validation',
  async run(data) {
    const text = await readFile(join(data, 'gateway-api-validation.jsonl'), 'utf8');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => judge(JSON.parse(line) as Case));
  },
};

function judge(wanted: Case): CaseResult {
  const id = `${wanted.id} ${wanted.kind} ${wanted.case}`;
  const { diagnostics } = parseResources(wanted.yaml, wanted.id);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const invalid = errors.filter(({ code }) => code !== CANNOT_PROTECT);
  const expected = wanted.valid ? 'valid' : `refused "${wanted.err.join('", "')}"`;
  const got = errors.map(({ code, message }) => `${code} ${message}`).join('; ') || 'valid';
  const says = (text: string) =>
    invalid.some(({ message }) => message.toLowerCase().includes(text.toLowerCase()));
  if (wanted.valid !== (invalid.length === 0) || !wanted.err.every(says))
    return { id, verdict: 'failed', expected, got };
  if (wanted.valid && errors.length > 0)
    return { id, verdict: 'not-applicable', rule: 'protection-not-given', expected, got };
  return { id, verdict: 'passed', expected, got };
}
