import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { PathNormalization } from '../../src/http/message.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly mode: PathNormalization | 'default';
  readonly path: string;
  readonly expect: string | number;
}

/** The path that policy sees and the upstream receives, or the status of the refusal. */
export const suite: Suite = {
  name: 'path-normalization',
  async run(data) {
    const text = await readFile(join(data, 'path-normalization.jsonl'), 'utf8');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line, at) => judge(JSON.parse(line) as Case, at + 1));
  },
};

function judge(wanted: Case, line: number): CaseResult {
  const expected = String(wanted.expect);
  const got = canonicalPath(wanted);
  const id = `${line} ${wanted.mode} ${wanted.path}`;
  return { id, verdict: got === expected ? 'passed' : 'failed', expected, got };
}

function canonicalPath({ mode, path }: Case): string {
  const headers = HeaderList.from([['Host', 'a.example']]);
  const normalization = mode === 'default' ? 'BASE' : mode;
  const judged = canonicalRequest({ method: 'GET', target: path, headers }, 'http', normalization);
  return isRefusal(judged) ? String(judged.status) : judged.path + judged.query;
}
