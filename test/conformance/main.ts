/** `npm run conformance -- --data DIR [--suite NAME] [--json FILE]` */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { suite as authz } from './authz.ts';
import { suite as gatewayApiHttp } from './gateway-api-http.ts';
import { suite as gatewayApiStatus } from './gateway-api-status.ts';
import { suite as gatewayApiValidation } from './gateway-api-validation.ts';
import { suite as gwapiToIstioGolden } from './gwapi-to-istio-golden.ts';
import { suite as istioAnalyze } from './istio-analyze.ts';
import { suite as istioRouting } from './istio-routing.ts';
import { suite as istioSim } from './istio-sim.ts';
import { suite as istioValidation } from './istio-validation.ts';
import { notApplicableRules } from './not-applicable.ts';
import { suite as pathNormalization } from './path-normalization.ts';
import { suite as samples } from './samples.ts';
import { suite as sf } from './sf.ts';
import { suite as spiffeId } from './spiffe-id.ts';
import type { CaseResult, Suite } from './suite.ts';
import { suite as webBotAuth } from './web-bot-auth.ts';
import { suite as x509Limbo } from './x509-limbo.ts';

const suites: readonly Suite[] = [
  spiffeId,
  samples,
  istioValidation,
  istioAnalyze,
  istioRouting,
  istioSim,
  gatewayApiValidation,
  gatewayApiStatus,
  gatewayApiHttp,
  gwapiToIstioGolden,
  authz,
  pathNormalization,
  x509Limbo,
  sf,
  webBotAuth,
];
const floorsFile = new URL('./floors.json', import.meta.url);

interface Score {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly failures: readonly CaseResult[];
}

const usage = 'usage: npm run conformance -- --data DIR [--suite NAME] [--json FILE]';

function options() {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, suite: { type: 'string' }, json: { type: 'string' } },
  });
  if (!values.data) throw new Error(`--data is missing\n${usage}`);
  if (values.suite && !suites.some((suite) => suite.name === values.suite)) {
    throw new Error(`no suite ${values.suite}; there are ${suites.map((suite) => suite.name).join(', ')}`);
  }
  return { ...values, data: resolve(values.data) };
}

function hasData(data: string, name: string): boolean {
  if (existsSync(join(data, 'vectors', name))) return true;
  return ['.jsonl', '.json'].some((ending) => existsSync(join(data, name + ending)));
}

function score(name: string, results: readonly CaseResult[]): Score {
  const unknown = results.find(
    (result) => result.verdict === 'not-applicable' && !notApplicableRules.has(result.rule ?? ''),
  );
  if (unknown) throw new Error(`${name}: case ${unknown.id} is not applicable by no stated rule`);
  const count = (verdict: CaseResult['verdict']) =>
    results.filter((result) => result.verdict === verdict).length;
  return {
    name,
    passed: count('passed'),
    failed: count('failed'),
    notApplicable: count('not-applicable'),
    failures: results.filter((result) => result.verdict === 'failed'),
  };
}

function print({ name, passed, failed, notApplicable, failures }: Score): void {
  console.log(`${name}: ${passed} passed, ${failed} failed, ${notApplicable} not applicable`);
  for (const { id, expected = '', got = '' } of failures)
    console.log(`  ✖ ${id}: expected ${expected}; got ${got}`);
}

/** A floor holds for the data it was measured on: the share of passed cases, which only ever rises. */
function belowFloor({ name, passed, failed, notApplicable }: Score): boolean {
  const floors: Record<string, number> = JSON.parse(readFileSync(floorsFile, 'utf8'));
  const share = passed / Math.max(1, passed + failed + notApplicable);
  const floor = floors[name] ?? 0;
  if (share < floor) console.error(`${name}: ${share.toFixed(4)} passed is below the floor ${floor}`);
  return share < floor;
}

async function main(): Promise<number> {
  const { data, suite: only, json } = options();
  const scores: Score[] = [];
  for (const suite of suites.filter(({ name }) => !only || name === only)) {
    if (!hasData(data, suite.name)) {
      console.log(`${suite.name}: skipped, no such file in ${data}`);
      continue;
    }
    const result = score(suite.name, await suite.run(data));
    print(result);
    scores.push(result);
  }
  if (json) writeFileSync(json, `${JSON.stringify(scores, null, 2)}\n`);
  return scores.some(belowFloor) ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
