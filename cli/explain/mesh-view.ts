import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { SourceMap, SourcePlace } from '../../src/snapshot/source-map.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { ControlClient } from '../control-client.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { type ManifestFile, readManifests } from '../manifest-files.ts';

/** The compiled configuration of a whole mesh, and where each part of it was written. */
export interface MeshView {
  /** 0 for manifests that were never published. */
  readonly revision: number;
  /** By target name. */
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly sources: ReadonlyMap<string, SourcePlace>;
  readonly resources: readonly Resource[];
}

interface Publication {
  readonly revision: number;
  readonly targets: readonly (readonly [string, Snapshot])[];
  readonly sources: SourceMap;
}

/** A document as control lists it. */
interface Listed {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** What is in force in the running mesh. */
export async function runningMesh(state: string): Promise<MeshView> {
  const control = ControlClient.fromState(state);
  const { revision, targets, sources } = await control.get<Publication>('/v1/admin/publication');
  const { resources } = readConfiguration(placed(await control.get<Listed[]>('/v1/admin/resources')));
  return { revision, snapshots: new Map(targets), sources: new Map(sources), resources };
}

/** What was in force at a revision of the history, compiled anew. */
export async function meshAt(revision: number, state: string): Promise<MeshView> {
  const kept = await ControlClient.fromState(state).get<{ resources: Listed[] }>(
    `/v1/admin/history/${revision}`,
  );
  return { ...meshOfManifests(placed(kept.resources)), revision };
}

/** What these manifests alone would be. Only their errors are printed. */
export function meshOfFiles(paths: readonly string[]): MeshView {
  return meshOfManifests(readManifests(paths));
}

/** The same of manifests that have been read. */
export function meshOfManifests(files: readonly ManifestFile[]): MeshView {
  const configuration = readConfiguration(files);
  const { resources } = configuration;
  const { snapshots, sources, diagnostics } = compileMesh(resources, defaultMeshSettings);
  const errors = [...configuration.diagnostics, ...diagnostics].filter(
    ({ severity }) => severity === 'error',
  );
  if (printDiagnostics(errors, files))
    throw new CommandError('the configuration has errors', exitCode.badInput);
  return {
    revision: 0,
    snapshots: new Map(snapshots.map((snapshot) => [targetName(snapshot.target), snapshot])),
    sources: new Map(sources),
    resources,
  };
}

/** Documents at the lines where they were applied from. */
function placed(documents: readonly Listed[]): ManifestFile[] {
  return documents.map(({ file, line, text }) => ({
    file,
    text: '\n'.repeat(Math.max(0, line - 1)) + text,
  }));
}
