import type * as z from 'zod';
import { problem } from './field.ts';

interface LocalitySettingShape {
  readonly distribute: readonly {
    readonly from?: string | undefined;
    readonly to?: ReadonlyMap<string, number> | undefined;
  }[];
  readonly failover: readonly { readonly from?: string | undefined; readonly to?: string | undefined }[];
  readonly failoverPriority: readonly string[];
}

type Report = (message: string, ...path: (string | number)[]) => void;

/** Istio's rules across the fields of a LocalityLoadBalancerSetting. */
export function checkLocalitySetting(ctx: z.core.ParsePayload<LocalitySettingShape>): void {
  const report: Report = (message, ...path) => ctx.issues.push(problem(ctx.value, message, path));
  const { distribute, failover, failoverPriority } = ctx.value;
  if (distribute.length > 0 && (failover.length > 0 || failoverPriority.length > 0))
    report('distribute cannot be set with failover or failoverPriority', 'distribute');
  const overlap = localitiesProblem(distribute.map(({ from = '' }) => from));
  if (overlap) report(overlap, 'distribute');
  for (const [index, { to }] of distribute.entries())
    checkWeights(to, (message) => report(message, 'distribute', index, 'to'));
  for (const [index, { from = '', to = '' }] of failover.entries()) {
    if (from === to) report('from and to must be different regions', 'failover', index);
    if (/[*/]/.test(from + to)) report('from and to must be regions, without / and *', 'failover', index);
  }
}

function checkWeights(to: ReadonlyMap<string, number> | undefined, report: (message: string) => void): void {
  const weights = [...(to?.values() ?? [])];
  if (weights.includes(0)) report('a weight must not be 0');
  if (weights.reduce((sum, weight) => sum + weight, 0) !== 100) report('the weights must sum up to 100');
  const overlap = localitiesProblem([...(to?.keys() ?? [])]);
  if (overlap) report(overlap);
}

/** Why `region/zone/subzone` patterns cannot stand beside each other, if they cannot. */
function localitiesProblem(localities: readonly string[]): string | undefined {
  for (const [index, locality] of localities.entries()) {
    if (/\*(?!$)/.test(locality)) return `locality ${locality}: * may only stand once, at the end`;
    if (locality.split('/').some((part) => part === '') || locality.split('/').length > 3)
      return `locality "${locality}" must be region, region/zone or region/zone/subzone, none empty`;
    const other = localities.slice(0, index).find((earlier) => overlaps(earlier, locality));
    if (other !== undefined) return `locality ${locality} overlaps with ${other}`;
  }
  return undefined;
}

function overlaps(one: string, other: string): boolean {
  return covers(one, other) || covers(other, one);
}

/** A region without zone stands for all its zones. */
function covers(wide: string, narrow: string): boolean {
  const prefix = wide.replace(/\/?\*$/, '');
  return prefix === '' || narrow === prefix || narrow.startsWith(`${prefix}/`);
}
