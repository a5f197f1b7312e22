import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDictionary } from '../../src/identity/signature/parse-field.ts';
import { holds, withSignature } from '../support/signature-vector.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Signed {
  readonly key: JsonWebKey;
  readonly target_url: string;
  readonly label: string;
  readonly signature: string;
  readonly signature_input: string;
  readonly signature_agent?: string;
}

interface Agent {
  readonly name: string;
  readonly header: string;
  readonly entries: readonly { readonly label: string; readonly uri: string; readonly type: string }[];
}

/** Web Bot Auth: the signatures of its requests, and the field that names their agents. */
export const suite: Suite = {
  name: 'web-bot-auth',
  async run(data) {
    const folder = join(data, 'vectors', 'web-bot-auth');
    const results: CaseResult[] = [];
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()) {
      const cases = JSON.parse(await readFile(join(folder, file), 'utf8')) as readonly object[];
      for (const [i, one] of cases.entries()) results.push(await judge(`${file} ${i}`, one));
    }
    return results;
  },
};

async function judge(id: string, one: Partial<Signed & Agent>): Promise<CaseResult> {
  if (one.signature_input !== undefined) return signed(id, one as Signed);
  if (one.header !== undefined) return agent(id, one as Agent);
  return { id, verdict: 'not-applicable', rule: 'directory-of-bots' };
}

async function signed(id: string, one: Signed): Promise<CaseResult> {
  const agents = one.signature_agent === undefined ? [] : [['Signature-Agent', one.signature_agent] as const];
  const bare = { url: one.target_url, headers: agents };
  const message = withSignature(bare, one.signature_input, one.signature);
  const algorithm = one.key.kty === 'RSA' ? 'rsa-pss-sha512' : 'ed25519';
  const got = await holds(message, one.label, algorithm, publicKey(one.key)).catch(String);
  return {
    id,
    verdict: got === true ? 'passed' : 'failed',
    expected: 'a signature that holds',
    got: String(got),
  };
}

function agent(id: string, { header, entries }: Agent): CaseResult {
  const read = [...parseDictionary(header)].map(([label, member]) => ({
    label,
    uri: member.kind === 'item' ? member.value.value : undefined,
    type: member.parameters.get('type')?.value ?? 'directory',
  }));
  const [expected, got] = [JSON.stringify(entries), JSON.stringify(read)];
  return { id, verdict: got === expected ? 'passed' : 'failed', expected, got };
}

function publicKey({ kty = '', crv, n, e, x }: JsonWebKey): object {
  return kty === 'RSA' ? { kty, n, e } : { kty, crv, x };
}
