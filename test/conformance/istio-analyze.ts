import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ADVICE_RULES, KUBERNETES_RULES, RULES } from '../../src/config/analyze/analysis-rules.ts';
import { type AnalysisRule, inventoryOf } from '../../src/config/analyze/inventory.ts';
import { runRules } from '../../src/config/analyze/run-rules.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../src/config/parse.ts';
import { istioAnalyzers } from './istio-analyzers.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly name: string;
  readonly analyzer: string;
  readonly scopeCodes: readonly string[];
  readonly tier: 'core' | 'k8s';
  readonly inputPaths: readonly string[];
  readonly inputFiles: readonly string[];
  /** YAML. */
  readonly meshConfig: string | null;
  readonly meshNetworks: string | null;
  readonly expected: readonly { readonly code: string; readonly resource: string }[];
}

/** Istio's own analyzer cases: exactly the (code, resource) that its analyzer finds, among its codes. */
export const suite: Suite = {
  name: 'istio-analyze',
  async run(data) {
    const text = await readFile(join(data, 'istio-analyze.json'), 'utf8');
    return (JSON.parse(text) as Case[]).map(judge);
  },
};

function judge(one: Case): CaseResult {
  const id = `${one.tier} ${one.analyzer} ${one.name}`;
  const expected = one.expected.map(({ code, resource }) => `${code} ${withNamespace(resource)}`).sort();
  const got = found(one);
  const verdict = expected.join('\n') === got.join('\n') ? 'passed' : 'failed';
  return { id, verdict, expected: expected.join('; ') || 'nothing', got: got.join('; ') || 'nothing' };
}

/** Codes are shared by analyzers, so a case of one is judged by its counterparts. */
function found({ analyzer, scopeCodes, inputFiles, inputPaths, meshConfig }: Case): string[] {
  const rules = istioAnalyzers.get(analyzer) ?? everyRule;
  const parsed = inputFiles.map((text, index) => parseResources(text, inputPaths[index] ?? 'input'));
  const all = parsed.flatMap(({ resources, refused }) => [...resources, ...refused]);
  const inventory = inventoryOf(all, defaultMeshSettings, allocatesAddresses(meshConfig));
  return runRules(rules, inventory)
    .filter(({ code }) => scopeCodes.includes(code))
    .map(({ code, resource = '' }) => `${code} ${resource}`)
    .sort();
}

const everyRule: readonly AnalysisRule[] = [...RULES, ...ADVICE_RULES, ...KUBERNETES_RULES];

/** Where the YAML names no namespace, the cases do not; to us it is `default`. */
function withNamespace(resource: string): string {
  const [kind, name = ''] = resource.split(' ');
  return kind === 'Namespace' || name.includes('/') ? resource : `${kind} default/${name}`;
}

function allocatesAddresses(meshConfig: string | null): boolean {
  const mesh = parse(meshConfig ?? '') as {
    readonly defaultConfig?: { readonly proxyMetadata?: Readonly<Record<string, string>> };
  } | null;
  return mesh?.defaultConfig?.proxyMetadata?.ISTIO_META_DNS_AUTO_ALLOCATE === 'true';
}
