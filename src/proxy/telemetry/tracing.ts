import type { HeaderList } from '../../http/header-list.ts';
import type { Edit, Inputs } from '../decide/decision.ts';
import { hex } from '../decide/hex.ts';
import { readTrace, type TraceContext, type TraceForms, traceparent } from './trace-context.ts';

/** How a proxy takes part in traces. */
export interface Tracing {
  /** Share of the traces begun here that are sampled, in percent (Istio's randomSamplingPercentage). */
  readonly samplingPercent: number;
}

/** What `WEFT_TRACE_SAMPLING` may say: a percentage, or nothing to pass contexts on untouched. Throws on anything else. */
export function tracingOf(text: string | undefined): Tracing | undefined {
  if (text === undefined || text === '') return undefined;
  const samplingPercent = /^\d{1,3}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (samplingPercent <= 100) return { samplingPercent };
  throw new Error(`WEFT_TRACE_SAMPLING is a percentage from 0 to 100, not ${text}`);
}

/**
 * The context of the next hop: the trace that came, or a new one, with a span of our own. It is written in the forms
 * that came; a trace that begins here as W3C and as B3's several headers, which is what Istio's proxies do.
 */
export function traceEdits(headers: HeaderList, tracing: Tracing, inputs: Inputs): readonly Edit[] {
  const forms = readTrace(headers);
  const parent = forms.w3c ?? forms.b3 ?? forms.b3Multi;
  const own: TraceContext = {
    // 0 everywhere would be no id, and so many random bits never are.
    traceId: parent?.traceId ?? hex(inputs.bytes(16)),
    spanId: hex(inputs.bytes(8)),
    sampled: isSampled(parent, forms, tracing, inputs),
    debug: parent?.debug ?? false,
  };
  return write(own, parent, forms, headers);
}

function isSampled(
  parent: TraceContext | undefined,
  { b3Sampled }: TraceForms,
  { samplingPercent }: Tracing,
  inputs: Inputs,
): boolean {
  const told = parent === undefined ? b3Sampled : parent.sampled;
  return told ?? inputs.draw() * 100 < samplingPercent;
}

function write(
  own: TraceContext,
  parent: TraceContext | undefined,
  forms: TraceForms,
  headers: HeaderList,
): Edit[] {
  const edits: Edit[] = [];
  const begun = parent === undefined;
  const set = (name: string, value: string) => edits.push({ kind: 'set', name, value });
  const remove = (name: string) => {
    if (headers.has(name)) edits.push({ kind: 'remove', name });
  };
  if (begun || forms.w3c !== undefined) set('traceparent', traceparent(own));
  else remove('traceparent');
  // The state belongs to the traceparent that it came with.
  if (forms.w3c === undefined) remove('tracestate');
  if (forms.b3 !== undefined) set('b3', b3(own, parent));
  else remove('b3');
  if (begun || forms.b3Multi !== undefined) writeB3Multi(own, parent, set, remove);
  return edits;
}

function writeB3Multi(
  { traceId, spanId, sampled, debug }: TraceContext,
  parent: TraceContext | undefined,
  set: (name: string, value: string) => void,
  remove: (name: string) => void,
): void {
  set('x-b3-traceid', traceId);
  set('x-b3-spanid', spanId);
  if (parent === undefined) remove('x-b3-parentspanid');
  else set('x-b3-parentspanid', parent.spanId);
  // The debug flag implies the decision, and stands in its place.
  if (debug) remove('x-b3-sampled');
  else set('x-b3-sampled', sampled ? '1' : '0');
}

function b3({ traceId, spanId, sampled, debug }: TraceContext, parent: TraceContext | undefined): string {
  const decision = debug ? 'd' : sampled ? '1' : '0';
  return `${traceId}-${spanId}-${decision}${parent === undefined ? '' : `-${parent.spanId}`}`;
}
