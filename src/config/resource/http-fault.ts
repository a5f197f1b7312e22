import * as z from 'zod';
import { duration } from './duration.ts';
import { atMostOne, int32 } from './field.ts';
import { GRPC_STATUSES } from './grpc-status.ts';

/** Percent: 0–100. */
export const percent = z.strictObject({ value: z.number().min(0).max(100).default(0) });

const delay = z
  .strictObject({
    fixedDelay: duration.optional(),
    exponentialDelay: duration.optional(),
    percent: z.int().min(0).max(100).optional(),
    percentage: percent.optional(),
  })
  .check(atMostOne('fixedDelay', 'exponentialDelay'))
  .refine((value) => value.fixedDelay !== undefined || value.exponentialDelay !== undefined, {
    message: 'delay must set fixedDelay',
  });

const abort = z
  .strictObject({
    httpStatus: int32
      .min(200, 'must be between 200 and 600')
      .max(600, 'must be between 200 and 600')
      .optional(),
    grpcStatus: z
      .string()
      .refine((name) => GRPC_STATUSES.has(name), 'must be a gRPC status such as UNAVAILABLE')
      .optional(),
    http2Error: z.string().optional(),
    percentage: percent.optional(),
  })
  .check(atMostOne('httpStatus', 'grpcStatus', 'http2Error'))
  .refine((value) => value.httpStatus !== undefined || value.grpcStatus || value.http2Error, {
    message: 'abort must set httpStatus or grpcStatus',
  });

/** HTTPFaultInjection. */
export const fault = z
  .strictObject({ delay: delay.optional(), abort: abort.optional() })
  .refine((value) => value.delay !== undefined || value.abort !== undefined, {
    message: 'fault must set delay or abort',
  });
