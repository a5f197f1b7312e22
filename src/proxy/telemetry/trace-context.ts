import type { HeaderList } from '../../http/header-list.ts';

/** The place of a request in a trace, as its headers tell it. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all 0. */
  readonly traceId: string;
  /** 16 of them: the span that sent the request. */
  readonly spanId: string;
  /** Undefined = whoever sent it left that to us. */
  readonly sampled: boolean | undefined;
  /** B3's debug flag: sampled, whatever the rate. */
  readonly debug: boolean;
}

/** In which forms a request carries its context. */
export interface TraceForms {
  readonly w3c: TraceContext | undefined;
  readonly b3: TraceContext | undefined;
  readonly b3Multi: TraceContext | undefined;
  /** B3's word on sampling where it names no trace. */
  readonly b3Sampled: boolean | undefined;
}

/** Reads W3C trace context and both forms of B3; what is malformed counts as absent. */
export function readTrace(headers: HeaderList): TraceForms {
  const single = headers.get('b3');
  return {
    w3c: parseTraceparent(headers.get('traceparent')),
    b3: parseB3(single),
    b3Multi: parseB3Multi(headers),
    b3Sampled: sampledBy(single) ?? sampledBy(headers.get('x-b3-sampled')),
  };
}

/** W3C Trace Context §3.2: later versions may say more after the fields that we know. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const match = text === undefined || text.length > MAX_LENGTH ? null : TRACEPARENT.exec(text);
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, debug: false };
}

/** `traceparent` of version 00. */
export function traceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** B3's single header: `<trace>-<span>[-<0|1|d>[-<parent>]]`. */
export function parseB3(text: string | undefined): TraceContext | undefined {
  const match = text === undefined || text.length > MAX_LENGTH ? null : B3.exec(text.toLowerCase());
  if (match === null) return undefined;
  const [, trace = '', span = '', sampled] = match;
  return context(trace, span, sampledBy(sampled), sampled === 'd');
}

function parseB3Multi(headers: HeaderList): TraceContext | undefined {
  const trace = headers.get('x-b3-traceid')?.toLowerCase();
  if (trace === undefined) return undefined;
  const span = headers.get('x-b3-spanid')?.toLowerCase() ?? '';
  if (!TRACE_ID.test(trace) || !SPAN_ID.test(span)) return undefined;
  const debug = headers.get('x-b3-flags') === '1';
  return context(trace, span, debug ? true : sampledBy(headers.get('x-b3-sampled')), debug);
}

/** Zipkin's 64-bit trace ids are padded on the left. */
function context(
  trace: string,
  spanId: string,
  sampled: boolean | undefined,
  debug: boolean,
): TraceContext | undefined {
  const traceId = trace.padStart(32, '0');
  return traceId === NO_TRACE || spanId === NO_SPAN ? undefined : { traceId, spanId, sampled, debug };
}

/** Some senders write `true` and `false`, as Envoy accepts. */
function sampledBy(text: string | undefined): boolean | undefined {
  if (text === '1' || text === 'd' || text === 'true') return true;
  return text === '0' || text === 'false' ? false : undefined;
}

const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const MAX_LENGTH = 512;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const B3 = /^([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/;
const TRACE_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/;
const SPAN_ID = /^[0-9a-f]{16}$/;
