import * as z from 'zod';
import { problem } from '../resource/field.ts';
import { tlsOptions } from './listener.ts';
import {
  group,
  hostname,
  kindName,
  localReference,
  objectName,
  preciseHostname,
  sectionName,
} from './reference.ts';
import { always } from './rule.ts';

const subjectAltName = z
  .strictObject({
    type: z.enum(['Hostname', 'URI']),
    hostname: z.union([z.literal(''), hostname]).optional(),
    uri: z
      .union([
        z.literal(''),
        z
          .string()
          .max(253)
          .regex(/^(([^:/?#]+):)(\/\/([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?/),
      ])
      .optional(),
  })
  .check(
    always((ctx) => {
      for (const [type, name, field] of [
        ['Hostname', 'Hostname', 'hostname'],
        ['URI', 'URI', 'uri'],
      ] as const) {
        if (ctx.value.type === type && !ctx.value[field])
          report(ctx, `SubjectAltName element must contain ${name}, if Type is set to ${type}`);
        if (ctx.value.type !== type && ctx.value[field])
          report(ctx, `SubjectAltName element must not contain ${name}, if Type is not set to ${type}`);
      }
    }),
  );

function report(ctx: z.core.ParsePayload, message: string): void {
  ctx.issues.push(problem(ctx.value, message));
}

const targetReference = z.strictObject({
  group,
  kind: kindName,
  name: objectName,
  sectionName: sectionName.optional(),
});

type TargetReference = z.output<typeof targetReference>;

const targetReferences = z
  .array(targetReference)
  .min(1)
  .max(16)
  .check((ctx) => {
    const refs = ctx.value;
    const pairs = refs.flatMap((a, i) => refs.slice(i + 1).map((b) => [a, b] as const));
    const same = pairs.filter(([a, b]) => isSameTarget(a, b));
    const say = (what: string) =>
      report(
        ctx,
        `sectionName must be ${what} when targetRefs includes 2 or more references to the same target`,
      );
    if (same.some(([a, b]) => (a.sectionName === undefined) !== (b.sectionName === undefined)))
      say('specified');
    if (same.some(([a, b]) => a.sectionName === b.sectionName)) say('unique');
  });

function isSameTarget(a: TargetReference, b: TargetReference): boolean {
  return a.group === b.group && a.kind === b.kind && a.name === b.name;
}

const validation = z
  .strictObject({
    caCertificateRefs: z.array(localReference).max(8).default([]),
    wellKnownCACertificates: z
      .string()
      .min(1)
      .max(253)
      .regex(
        /^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$/,
      )
      .optional(),
    hostname: preciseHostname,
    subjectAltNames: z.array(subjectAltName).max(5).default([]),
  })
  .check((ctx) => {
    const { caCertificateRefs: refs, wellKnownCACertificates: known } = ctx.value;
    if (refs.length > 0 && known)
      report(ctx, 'must not contain both CACertificateRefs and WellKnownCACertificates');
    if (refs.length === 0 && !known)
      report(ctx, 'must specify either CACertificateRefs or WellKnownCACertificates');
  });

/** BackendTLSPolicy spec: TLS from a gateway to a backend. */
export const backendTlsPolicy = z.strictObject({
  targetRefs: targetReferences,
  validation,
  options: tlsOptions.optional(),
});
