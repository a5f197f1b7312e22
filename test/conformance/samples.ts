import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResources } from '../../src/config/parse.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Sample {
  readonly id: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly text?: string;
  readonly yaml?: string;
}

/** Accepted by validation, and refused by name because ignoring it would weaken security. */
const CANNOT_PROTECT = 'WFT0301';

/** Resources of Istio's and the Gateway API's own samples: accepted means no error. */
export const suite: Suite = {
  name: 'samples',
  async run(data) {
    const text = await readFile(join(data, 'samples.jsonl'), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => judge(JSON.parse(line) as Sample));
  },
};

function judge(sample: Sample): CaseResult {
  const id = `${sample.id} ${sample.kind} (${sample.apiVersion})`;
  const text = (sample.text ?? sample.yaml ?? '')
    .replaceAll('{GATEWAY_CLASS_NAME}', 'weft')
    .replaceAll('{GATEWAY_CONTROLLER_NAME}', 'weft.dev/gateway-controller');
  const { diagnostics } = parseResources(text, sample.id);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const refused = errors.filter(({ code }) => code !== CANNOT_PROTECT);
  const got = errors.map(({ code, message }) => `${code} ${message}`).join('; ') || 'accepted';
  if (errors.length > 0 && refused.length === 0)
    return { id, verdict: 'not-applicable', rule: 'protection-not-given', got };
  return { id, verdict: refused.length === 0 ? 'passed' : 'failed', expected: 'accepted', got };
}
