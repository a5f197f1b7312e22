import { defaultMeshSettings } from '../compile/mesh-settings.ts';
import { valueAt } from './field-path.ts';
import { readMeshConfig } from './mesh-config-check.ts';
import type { ResourceReport } from './resource-report.ts';
import { scalarText } from './scalar-text.ts';
import type { SourceItem } from './source-item.ts';

/** ConfigMap `istio`, or `istio-<revision>`. */
const NAME = /^istio(?:-[a-z0-9-]+)?$/;
const PATH = ['data', 'mesh'];

/** Judges the MeshConfig that a ConfigMap carries, and names what of it is not acted on. */
export function reportMeshConfig(item: SourceItem, report: ResourceReport): void {
  const text = valueAt(item.value, PATH);
  if (!NAME.test(scalarText(valueAt(item.value, ['metadata', 'name']))) || typeof text !== 'string') return;
  const { config, written, problems } = readMeshConfig(text);
  for (const { code, message, remedy } of problems) report.add(code, PATH, `data.mesh: ${message}`, remedy);
  if (config === undefined) return;
  const inForce =
    valueAt(item.value, ['metadata', 'name']) === 'istio' &&
    valueAt(item.value, ['metadata', 'namespace']) === defaultMeshSettings.rootNamespace;
  const ignored = written.filter((field) => !inForce || !isApplied(field, config.defaultConfig));
  if (ignored.length > 0)
    report.add(
      'WFT0201',
      PATH,
      `data.mesh is accepted, not applied: ${ignored.join(', ')}`,
      inForce ? 'the mesh has its own settings' : 'the mesh reads ConfigMap istio of namespace istio-system',
    );
}

const APPLIED: ReadonlySet<string> = new Set([
  'trustDomainAliases',
  'caCertificates',
  'pathNormalization',
  'outboundTrafficPolicy',
  'extensionProviders',
]);

/** Of the default configuration of proxies only how many proxies stand before gateways. */
function isApplied(field: string, defaults: object | undefined): boolean {
  if (field !== 'defaultConfig') return APPLIED.has(field);
  const topology: unknown = Reflect.get(defaults ?? {}, 'gatewayTopology');
  const fields = [...Object.keys(defaults ?? {}), ...Object.keys(topology ?? {})];
  return fields.every((name) => name === 'gatewayTopology' || name === 'numTrustedProxies');
}
