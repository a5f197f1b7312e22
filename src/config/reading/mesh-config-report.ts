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
  const normalization = config.pathNormalization?.normalization ?? 'DEFAULT';
  if (normalization !== 'DEFAULT' && normalization !== 'BASE')
    report.add(
      'WFT0301',
      PATH,
      `data.mesh: pathNormalization ${normalization} is refused: policies would judge paths as BASE has them`,
      'write BASE, or leave it out',
    );
  if (config.outboundTrafficPolicy?.mode === 'REGISTRY_ONLY')
    report.add(
      'WFT0301',
      PATH,
      'data.mesh: outboundTrafficPolicy REGISTRY_ONLY is refused: unknown hosts would stay reachable',
    );
  if (written.length > 0)
    report.add(
      'WFT0201',
      PATH,
      `data.mesh is accepted, not applied: ${written.join(', ')}`,
      'the mesh has its own settings',
    );
}
