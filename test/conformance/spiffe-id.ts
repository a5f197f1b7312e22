import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSpiffeId, SpiffeError } from '../../src/identity/spiffe.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly id: string;
  readonly valid: boolean;
  readonly trustDomain?: string;
  readonly path?: string;
}

/** go-spiffe's IDs: parsed or refused, with the parts where the case gives them. */
export const suite: Suite = {
  name: 'spiffe-id',
  async run(data) {
    const text = await readFile(join(data, 'spiffe-id.jsonl'), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => judge(JSON.parse(line) as Case));
  },
};

function judge(one: Case): CaseResult {
  const got = outcome(one);
  const expected = one.valid ? `accepted ${one.trustDomain ?? ''}${one.path ?? ''}`.trimEnd() : 'refused';
  return { id: JSON.stringify(one.id), verdict: got === expected ? 'passed' : 'failed', expected, got };
}

/** Names only the parts that the case gives. */
function outcome(one: Case): string {
  try {
    const id = parseSpiffeId(one.id);
    const trustDomain = one.trustDomain === undefined ? '' : id.trustDomain;
    return `accepted ${trustDomain}${one.path === undefined ? '' : id.path}`.trimEnd();
  } catch (cause) {
    if (cause instanceof SpiffeError) return 'refused';
    return `threw ${String(cause)}`;
  }
}
