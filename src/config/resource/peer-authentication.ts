import * as z from 'zod';
import { problem, workloadSelector } from './field.ts';

const mode = z.enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT']).default('UNSET');
const mtls = z.strictObject({ mode });

const portLevelMtls = z
  .record(z.string(), mtls)
  .check((ctx) => {
    const keys = Object.keys(ctx.value);
    if (keys.length === 0) ctx.issues.push(problem(ctx.value, 'portLevelMtls must not be empty'));
    for (const key of keys) {
      if (!/^[1-9]\d{0,4}$/.test(key) || Number(key) > 65535)
        ctx.issues.push(problem(ctx.value, 'port must be between 1-65535', [key]));
    }
  })
  .transform(
    (ports): ReadonlyMap<number, z.output<typeof mtls>> =>
      new Map(Object.entries(ports).map(([port, settings]) => [Number(port), settings])),
  );

/** PeerAuthentication spec; `portLevelMtls` is keyed by workload port. */
export const peerAuthentication = z
  .strictObject({
    selector: workloadSelector.optional(),
    mtls: mtls.optional(),
    portLevelMtls: portLevelMtls.optional(),
  })
  .refine((spec) => spec.portLevelMtls === undefined || (spec.selector?.matchLabels?.size ?? 0) > 0, {
    message: 'portLevelMtls requires selector',
    path: ['portLevelMtls'],
  });
