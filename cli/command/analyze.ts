import { analyze } from '../../src/config/analyze/analyze.ts';
import { PLATFORMS, type Platform } from '../../src/config/analyze/platform.ts';
import {
  parseSuppression,
  type Suppression,
  withoutSuppressed,
} from '../../src/config/analyze/suppression.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { type Configuration, readConfiguration } from '../../src/config/read-configuration.ts';
import { Progress } from '../analyze/progress.ts';
import { withProofs } from '../analyze/proofs.ts';
import { formatReport, type ReportFormat } from '../analyze/report-format.ts';
import { isAtLeast, parseSeverity } from '../analyze/severity.ts';
import { ControlClient } from '../control-client.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { type ManifestFile, readManifests } from '../manifest-files.ts';

export interface AnalyzeFlags {
  readonly filename?: readonly string[];
  readonly namespace?: string;
  readonly output: ReportFormat;
  readonly failureThreshold: string;
  readonly outputThreshold: string;
  readonly suppress: readonly string[];
  readonly target: readonly string[];
  readonly kubernetes: boolean;
  readonly state: string;
}

/**
 * `weft analyze`: parses, validates, analyses and compiles files, or what is in force where none is named.
 * Exit 79 on findings of the failure threshold.
 */
export async function analyzeCommand(paths: readonly string[], flags: AnalyzeFlags): Promise<void> {
  const failure = parseSeverity(flags.failureThreshold, '--failure-threshold');
  const shown = parseSeverity(flags.outputThreshold, '--output-threshold');
  const suppressions = flags.suppress.map(suppressionOption);
  const targets = flags.target.map(targetOption);
  const named = [...paths, ...(flags.filename ?? [])];
  const files = named.length > 0 ? readManifests(named) : await filesInForce(flags.state);
  const progress = new Progress(process.stderr, () => performance.now());
  const options = flags.namespace ? { defaultNamespace: flags.namespace } : {};
  const read = readConfiguration(files, options, (count) =>
    progress.tell(() => `reading: ${count} of ${files.length} files`),
  );
  progress.tell(() => `analysing ${read.resources.length} resources`);
  const judged = judge(read, targets, flags.kubernetes);
  progress.done();
  const found = withoutSuppressed(judged, suppressions, [...read.resources, ...read.refused]);
  report(
    withProofs(
      found.filter((one) => isAtLeast(one, shown)),
      read.resources,
    ),
    files,
    flags.output,
  );
  if (found.some((one) => isAtLeast(one, failure)))
    throw new CommandError(
      `the configuration has findings of level ${flags.failureThreshold} or above`,
      exitCode.foundIssues,
    );
  if (flags.output === 'log')
    process.stdout.write(`✔ ${read.resources.length} resources in ${files.length} files are valid\n`);
}

function judge(read: Configuration, targets: readonly Platform[], kubernetes: boolean): Diagnostic[] {
  const { resources, refused, diagnostics } = read;
  const across = analyze(resources, { refused, targets, kubernetes });
  const said = new Set(across.map(({ code, resource }) => `${code} ${resource}`));
  const compiled = compileMesh(resources, defaultMeshSettings).diagnostics;
  return [
    ...diagnostics,
    ...across,
    ...compiled.filter(({ code, resource }) => !said.has(`${code} ${resource}`)),
  ];
}

function report(found: readonly Diagnostic[], files: readonly ManifestFile[], format: ReportFormat): void {
  if (format === 'log') printDiagnostics(found, files);
  else process.stdout.write(`${formatReport(found, format)}\n`);
}

function suppressionOption(text: string): Suppression {
  const suppression = parseSuppression(text);
  if (suppression) return suppression;
  const form = `CODE=Kind namespace/name, such as "IST0101=VirtualService default/*"`;
  throw new CommandError(`--suppress ${text}: must be ${form}`, exitCode.usage);
}

function targetOption(text: string): Platform {
  const platform = PLATFORMS.find((name) => name === text);
  if (platform) return platform;
  throw new CommandError(`--target ${text}: must be one of ${PLATFORMS.join(', ')}`, exitCode.usage);
}

interface Listed {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Documents at the lines where they were applied from. */
async function filesInForce(state: string): Promise<ManifestFile[]> {
  const all = await ControlClient.fromState(state).get<Listed[]>('/v1/admin/resources');
  return all.map(({ file, line, text }) => ({ file, text: '\n'.repeat(Math.max(0, line - 1)) + text }));
}
