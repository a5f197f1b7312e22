import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly case: string;
  /** What judges in Istio: the code of its validation, or the schema. A cluster asks both. */
  readonly level: 'webhook' | 'crd';
  readonly valid: boolean;
  /** A text that the message contains; empty: any. */
  readonly err: string;
  /** Absent: no matter. False or empty: none. True: one. A text: one that contains it. */
  readonly warning?: boolean | string;
  readonly yaml: string;
}

/** The code of what Istio's validation warns of. */
const WARNING = 'WFT0112';

/** Valid in Istio, and refused here by name because ignoring it would weaken security. */
const CANNOT_PROTECT = 'WFT0301';

/** Istio's own validation cases: accepted or refused, with the message and the warnings it has. */
export const suite: Suite = {
  name: 'istio-validation',
  async run(data) {
    const text = await readFile(join(data, 'istio-validation.jsonl'), 'utf8');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => judge(JSON.parse(line) as Case));
  },
};

function judge(wanted: Case): CaseResult {
  const id = `${wanted.id} ${wanted.kind} ${wanted.case}`;
  const { diagnostics } = parseResources(repeated(wanted.yaml), wanted.id);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const warnings = diagnostics.filter(({ code }) => code === WARNING);
  const invalid = errors.filter(({ code }) => code !== CANNOT_PROTECT);
  const expected = `${wanted.valid ? 'valid' : `refused "${wanted.err}"`}, warning ${String(wanted.warning)}`;
  const got = [...errors, ...warnings].map(({ code, message }) => `${code} ${message}`).join('; ') || 'valid';
  if (wanted.valid && wanted.level === 'webhook' && invalid.length > 0 && invalid.every(isNullItem))
    return { id, verdict: 'not-applicable', rule: 'null-item', expected, got };
  if (!asWanted(wanted, invalid, warnings)) return { id, verdict: 'failed', expected, got };
  if (wanted.valid && errors.length > 0)
    return { id, verdict: 'not-applicable', rule: 'protection-not-given', expected, got };
  return { id, verdict: 'passed', expected, got };
}

/** An item of a list that is written and null. */
function isNullItem({ code, path, message }: Diagnostic): boolean {
  return code === 'WFT0104' && path !== undefined && /\[\d+\]$/.test(path) && message === `${path} is empty`;
}

function asWanted(wanted: Case, errors: readonly Diagnostic[], warnings: readonly Diagnostic[]): boolean {
  if (wanted.valid !== (errors.length === 0)) return false;
  if (!wanted.valid && !says(errors, wanted.err)) return false;
  if (wanted.warning === undefined) return true;
  if (wanted.warning === false || wanted.warning === '') return warnings.length === 0;
  return says(warnings, wanted.warning === true ? '' : wanted.warning);
}

function says(diagnostics: readonly Diagnostic[], text: string): boolean {
  return diagnostics.some(({ message }) => message.toLowerCase().includes(text.toLowerCase()));
}

/** `@@REPEAT(a,n)@@` is n times a. */
function repeated(text: string): string {
  return text.replace(/@@REPEAT\((.*?),\s*(\d+)\)@@/gs, (_, part: string, times: string) =>
    part.repeat(Number(times)),
  );
}
