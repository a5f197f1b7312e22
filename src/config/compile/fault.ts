import type { Fault } from '../../snapshot/route.ts';
import { GRPC_STATUSES } from '../resource/grpc-status.ts';
import type { HttpRule } from './spec-parts.ts';

type FaultSpec = NonNullable<HttpRule['fault']>;

/** HTTPFaultInjection; undefined where no request would meet it. A percentage that is not written is 0. */
export function faultOf(spec: HttpRule['fault']): Fault | undefined {
  const delay = delayOf(spec?.delay);
  const abort = abortOf(spec?.abort);
  return delay || abort ? { ...(delay && { delay }), ...(abort && { abort }) } : undefined;
}

function delayOf(spec: FaultSpec['delay']): Fault['delay'] {
  const percent = spec?.percentage?.value ?? spec?.percent ?? 0;
  return spec?.fixedDelay && percent > 0 ? { ms: spec.fixedDelay, percent } : undefined;
}

function abortOf(spec: FaultSpec['abort']): Fault['abort'] {
  const percent = spec?.percentage?.value ?? 0;
  if (!spec || percent <= 0) return undefined;
  if (spec.httpStatus !== undefined) return { status: spec.httpStatus, percent };
  const found = GRPC_STATUSES.get(spec.grpcStatus ?? '');
  return found && { status: found.httpStatus, grpcStatus: found.number, percent };
}
