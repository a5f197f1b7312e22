import { defaultMeshSettings, type MeshSettings } from '../compile/mesh-settings.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../diagnostic-codes.ts';
import type { Resource } from '../resource/resource.ts';
import { ADVICE_RULES, KUBERNETES_RULES, RULES } from './analysis-rules.ts';
import { inventoryOf } from './inventory.ts';
import type { Platform } from './platform.ts';
import { platformLimits } from './platform-limits.ts';
import { runRules } from './run-rules.ts';

/** What to analyse besides what any mesh needs. */
export interface AnalysisOptions {
  readonly mesh?: MeshSettings;
  /** Resources with errors of their own: what they name exists, and what they say of others is judged too. */
  readonly refused?: readonly Resource[];
  /** What these platforms cannot do is reported. */
  readonly targets?: readonly Platform[];
  /** Also what matters only where Istio runs the manifests: injection, alpha annotations, EnvoyFilters. */
  readonly kubernetes?: boolean;
}

/** What is wrong, or doubtful, across resources, with Istio's severities; in the order of the rules. Never throws. */
export function analyze(resources: readonly Resource[], options: AnalysisOptions = {}): Diagnostic[] {
  const { mesh = defaultMeshSettings, refused = [], targets = [], kubernetes = false } = options;
  const inventory = inventoryOf([...resources, ...refused], mesh);
  const rules = [...RULES, ...ADVICE_RULES, ...(kubernetes ? KUBERNETES_RULES : [])];
  return [...runRules(rules, inventory), ...platformLimits(inventory, targets)].map(asAnalyzed);
}

/** What whoever applies resources should know, without advice. What is missing may still come, and is no error. */
export function advise(
  resources: readonly Resource[],
  mesh: MeshSettings = defaultMeshSettings,
): Diagnostic[] {
  return runRules(RULES, inventoryOf(resources, mesh));
}

const CODES: ReadonlyMap<string, DiagnosticCode> = new Map(Object.entries(DIAGNOSTIC_CODES));

function asAnalyzed(found: Diagnostic): Diagnostic {
  const severity = CODES.get(found.code)?.analyzed;
  return severity ? { ...found, severity } : found;
}
