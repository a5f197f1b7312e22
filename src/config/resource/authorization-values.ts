import type * as z from 'zod';
import { compileCidr } from '../../match/cidr.ts';
import { isPathTemplate } from '../../match/path-template.ts';
import { isNamedKey, plainConditionKeys } from './condition-key.ts';
import { problem } from './field.ts';

const KEYS: ReadonlySet<string> = new Set(plainConditionKeys);
const IP_KEYS = new Set(['source.ip', 'remote.ip', 'destination.ip']);

interface ConditionShape {
  readonly key: string;
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

/** A `when` item: a known key, at least one value, values of the key's form. */
export function checkCondition(ctx: z.core.ParsePayload<ConditionShape>): void {
  const { key, values, notValues } = ctx.value;
  const report = (message: string, ...path: (string | number)[]) =>
    ctx.issues.push(problem(ctx.value, message, path));
  if (!KEYS.has(key) && !key.startsWith('experimental.envoy.filters.') && !isNamedKey(key))
    report(`unknown condition key "${key}"`, 'key');
  if (values.length + notValues.length === 0) report('at least one of values and notValues is required');
  for (const field of ['values', 'notValues'] as const) {
    for (const [index, value] of ctx.value[field].entries()) {
      const message = valueProblem(key, value);
      if (message !== undefined) report(message, field, index);
    }
  }
}

/** An IPv4 or IPv6 address or CIDR block. */
export function checkIpBlock(block: string, ctx: z.RefinementCtx): void {
  if (!isIpBlock(block))
    ctx.addIssue({ code: 'custom', message: `"${block}" is not an IP address or CIDR block` });
}

/** `exact`, `prefix*`, `*suffix`, or a template with `{*}` and a last `{**}`. */
export function checkPathPattern(path: string, ctx: z.RefinementCtx): void {
  const message = pathProblem(path);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
}

/** `<namespace>/<account>` or `<account>`, no wildcards. */
export function checkServiceAccount(account: string, ctx: z.RefinementCtx): void {
  if (!/^(?:[^/*]+\/)?[^/*]+$/.test(account))
    ctx.addIssue({ code: 'custom', message: `"${account}" must be <namespace>/<name> or <name>, without *` });
}

function valueProblem(key: string, value: string): string | undefined {
  if (IP_KEYS.has(key) && !isIpBlock(value)) return `"${value}" is not an IP address or CIDR block`;
  if (key === 'destination.port' && !(/^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65535))
    return `"${value}" is not a port`;
  return value === '' ? 'a value must not be empty' : undefined;
}

function pathProblem(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (!isPathTemplate(path)) return undefined;
  const segments = path.split('/');
  const templates = segments.filter((segment) => /[{}]/.test(segment));
  if (templates.some((segment) => segment !== '{*}' && segment !== '{**}'))
    return `"${path}": {*} and {**} must stand alone between slashes`;
  if (segments.some((segment) => segment.includes('*') && !segment.startsWith('{')))
    return `"${path}": * cannot be mixed with {*} or {**}`;
  const open = segments.indexOf('{**}');
  return open >= 0 && segments.slice(open + 1).some((segment) => segment.startsWith('{'))
    ? `"${path}": {**} must be the last operator`
    : undefined;
}

function isIpBlock(block: string): boolean {
  try {
    compileCidr(block);
    return true;
  } catch {
    return false;
  }
}
