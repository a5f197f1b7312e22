import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { SourceMap, SourcePlace } from '../../src/snapshot/source-map.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { ControlClient } from '../control-client.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { readManifests } from '../manifest-files.ts';

/** The compiled configuration of a whole mesh, and where each part of it was written. */
export interface MeshView {
  /** 0 for manifests that were never published. */
  readonly revision: number;
  /** By target name. */
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly sources: ReadonlyMap<string, SourcePlace>;
}

interface Publication {
  readonly revision: number;
  readonly targets: readonly (readonly [string, Snapshot])[];
  readonly sources: SourceMap;
}

/** What is in force in the running mesh. */
export async function runningMesh(state: string): Promise<MeshView> {
  const { revision, targets, sources } =
    await ControlClient.fromState(state).get<Publication>('/v1/admin/publication');
  return { revision, snapshots: new Map(targets), sources: new Map(sources) };
}

/** What these manifests alone would be. Only their errors are printed. */
export function meshOfFiles(paths: readonly string[]): MeshView {
  const files = readManifests(paths);
  const configuration = readConfiguration(files);
  const { snapshots, sources, diagnostics } = compileMesh(configuration.resources, defaultMeshSettings);
  const errors = [...configuration.diagnostics, ...diagnostics].filter(
    ({ severity }) => severity === 'error',
  );
  if (printDiagnostics(errors, files))
    throw new CommandError('the configuration has errors', exitCode.badInput);
  return {
    revision: 0,
    snapshots: new Map(snapshots.map((snapshot) => [targetName(snapshot.target), snapshot])),
    sources: new Map(sources),
  };
}
