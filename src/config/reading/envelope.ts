import * as z from 'zod';
import { mapOf } from '../resource/field.ts';

const DNS_1123 = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const DNS_1123_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

const texts = mapOf(z.string()).nullish();
const anything = z.unknown().optional();

const timestamp = z
  .string()
  .transform((text, ctx): number => {
    const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(ms))
      ctx.addIssue({ code: 'custom', message: 'must be a time such as 2026-11-23T10:00:00Z' });
    return ms;
  })
  .nullish();

/** Names and namespaces are judged apart, for a code of their own. */
const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string().nullish(),
  labels: texts,
  annotations: texts,
  /** Ms. */
  creationTimestamp: timestamp,
  generateName: anything,
  uid: anything,
  resourceVersion: anything,
  generation: anything,
  selfLink: anything,
  ownerReferences: anything,
  finalizers: anything,
  managedFields: anything,
  deletionTimestamp: anything,
  deletionGracePeriodSeconds: anything,
});

/** What surrounds every spec. Fields beside `spec` are the kind's own affair. */
export const envelope = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata,
});

/** Why a name is not DNS-1123 (subdomain, ≤ 253; namespaces and services: label, ≤ 63), if it is not. */
export function nameProblem(name: string, form: 'label' | 'subdomain'): string | undefined {
  const [pattern, longest] = form === 'label' ? ([DNS_1123_LABEL, 63] as const) : ([DNS_1123, 253] as const);
  if (name.length > longest) return `is longer than ${longest} characters`;
  if (pattern.test(name)) return undefined;
  return `must be lower-case letters, digits and "-"${form === 'label' ? '' : ' and "."'}`;
}
