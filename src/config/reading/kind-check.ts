import { KINDS, type Kind, kindsWritten, writtenKind } from '../resource/kinds.ts';
import { valueAt } from './field-path.ts';
import { apiGroup, isForeign } from './foreign-kinds.ts';
import type { ResourceReport } from './resource-report.ts';
import type { SourceItem } from './source-item.ts';
import { closest } from './suggestion.ts';

/** The kind of a document, when its kind and apiVersion are ones that are run. */
export function checkKind(item: SourceItem, report: ResourceReport): Kind | undefined {
  const [apiVersion, kind] = ['apiVersion', 'kind'].map((key) => valueAt(item.value, [key]));
  const missing = [apiVersion, kind].findIndex((text) => typeof text !== 'string' || text === '');
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || missing >= 0) {
    const field = missing === 0 ? 'apiVersion' : 'kind';
    report.add('WFT0100', [field], `a resource needs ${field}`, `add ${field}, or remove the document`);
    return undefined;
  }
  if (isForeign(apiVersion, kind)) return foreign(apiVersion, kind, report);
  const written = kindsWritten(kind);
  if (written.length === 0) return unknown(kind, report);
  const found = written.find((one) => versionsOf(one).includes(apiVersion));
  if (found !== undefined) return found;
  const known = written.flatMap(versionsOf).sort(byGroupOf(apiVersion));
  const remedy = `write apiVersion: ${closest(apiVersion, known) ?? known[0]}`;
  report.add('WFT0106', ['apiVersion'], `${kind} has no apiVersion ${apiVersion}`, remedy);
  return undefined;
}

function versionsOf(kind: Kind): readonly string[] {
  return KINDS[kind].apiVersions;
}

/** Those of the group that was written first. */
function byGroupOf(apiVersion: string): (a: string, b: string) => number {
  const own = (version: string) => Number(apiGroup(version) === apiGroup(apiVersion));
  return (a, b) => own(b) - own(a);
}

function foreign(apiVersion: string, kind: string, report: ResourceReport): undefined {
  const message = `${kind} (${apiVersion}) is not run by this version`;
  report.add('WFT0102', ['kind'], message, 'remove it, or say the same with the kinds that are run');
}

function unknown(kind: string, report: ResourceReport): undefined {
  const kinds = [...new Set((Object.keys(KINDS) as Kind[]).map(writtenKind))];
  const meant = closest(kind, kinds);
  const remedy = meant ? `write kind: ${meant}` : `kinds that are run: ${kinds.join(', ')}`;
  report.add('WFT0101', ['kind'], `unknown kind ${kind}${meant ? ` (did you mean ${meant}?)` : ''}`, remedy);
}
