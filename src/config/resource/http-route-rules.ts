import type * as z from 'zod';
import { problem } from './field.ts';
import { isAuthority } from './header-operations.ts';

interface HeadersShape {
  readonly request?: { readonly set?: ReadonlyMap<string, string> | undefined } | undefined;
}

interface RouteShape {
  readonly match: readonly { readonly uri?: { readonly prefix?: string | undefined } | undefined }[];
  readonly route: readonly { readonly weight: number }[];
  readonly redirect?: { readonly prefixRewrite?: string | undefined } | undefined;
  readonly directResponse?: unknown;
  readonly delegate?: unknown;
  readonly rewrite?: { readonly authority?: string | undefined } | undefined;
  readonly headers?: HeadersShape | undefined;
  readonly fault?: unknown;
  readonly mirror?: unknown;
  readonly mirrors: readonly unknown[];
}

/** Istio's rules across the fields of one VirtualService http rule. */
export function checkHttpRoute(ctx: z.core.ParsePayload<RouteShape>): void {
  const report = (message: string, ...path: string[]) => ctx.issues.push(problem(ctx.value, message, path));
  checkAction(ctx.value, report);
  checkCombinations(ctx.value, report);
  checkWeights(ctx.value, report);
}

type Report = (message: string, ...path: string[]) => void;

function checkAction(rule: RouteShape, report: Report): void {
  const actions = ['redirect', 'directResponse', 'delegate'].filter(
    (key) => Reflect.get(rule, key) !== undefined,
  );
  if (rule.route.length > 0) actions.unshift('route');
  if (actions.length === 0) report('one of route, redirect, directResponse or delegate is required');
  if (actions.length > 1) report(`only one of ${actions.join(' and ')} may be set`, actions[1] ?? '');
}

function checkCombinations(rule: RouteShape, report: Report): void {
  if (rule.redirect !== undefined && rule.rewrite !== undefined)
    report('redirect cannot have a rewrite', 'rewrite');
  if (rule.redirect !== undefined && rule.fault !== undefined)
    report('redirect cannot have a fault', 'fault');
  if (rule.directResponse !== undefined && rule.rewrite !== undefined)
    report('directResponse cannot have a rewrite', 'rewrite');
  if (rule.mirror !== undefined && rule.mirrors.length > 0)
    report('only one of mirror and mirrors may be set', 'mirrors');
  const setsHost = [...(rule.headers?.request?.set?.keys() ?? [])].some(isAuthority);
  if (rule.rewrite?.authority && setsHost)
    report('rewrite.authority and headers.request.set of Host cannot both be set', 'rewrite', 'authority');
  const prefixOnly = rule.match.every((match) => match.uri?.prefix !== undefined);
  if (rule.redirect?.prefixRewrite !== undefined && !(prefixOnly || rule.match.every((match) => !match.uri)))
    report('prefixRewrite needs uri matches that are prefixes', 'redirect', 'prefixRewrite');
}

function checkWeights(rule: RouteShape, report: Report): void {
  const total = rule.route.reduce((sum, { weight }) => sum + weight, 0);
  if (rule.route.length > 1 && total === 0) report('the weights must not all be 0', 'route');
}
