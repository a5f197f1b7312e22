import * as z from 'zod';
import { duration } from '../../src/config/resource/duration.ts';
import { conditionValueProblem } from '../../src/identity/attest/claim-condition.ts';
import { type ClaimPath, claimPathText, parseClaimPath } from '../../src/identity/attest/claim-path.ts';
import { type NameTemplate, parseNameTemplate } from '../../src/identity/attest/name-template.ts';
import {
  MAX_RE_ATTESTATION_WINDOW_MS,
  RE_ATTESTATION_WINDOW_MS,
} from '../../src/identity/attest/re-attestor.ts';
import { KeySet, MAX_KEY_SET } from '../../src/identity/jwt/key-set.ts';
import { ownersOf } from './shared-issuers.ts';

const DAY = 24 * 3_600_000;

/** Whom an attestor may attest, and for how long. */
const limits = {
  namespaces: z
    .array(z.string().regex(/^(?:\*|[a-z0-9][a-z0-9-]{0,62})$/))
    .min(1)
    .optional(),
  serviceAccounts: z
    .array(z.string().regex(/^(?:\*|[a-z0-9][a-z0-9.-]{0,252})$/))
    .min(1)
    .optional(),
  maxTtl: duration.refine((ms) => ms >= 10_000 && ms <= DAY, 'must be from 10s to 24h').optional(),
};

const claim = z.string().transform((text, context): ClaimPath => {
  const path = parseClaimPath(text);
  if (path !== undefined) return path;
  context.addIssue({ code: 'custom', message: 'must be a claim: name, or [outer][inner]' });
  return z.NEVER;
});

const conditionValue = z
  .string()
  .max(1024)
  .superRefine((value, context) => {
    const message = conditionValueProblem(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const condition = z
  .strictObject({
    claim,
    values: z.array(conditionValue).min(1).optional(),
    notValues: z.array(conditionValue).min(1).optional(),
  })
  .refine(({ values, notValues }) => values ?? notValues, 'needs values or notValues');

const nameTemplate = z
  .string()
  .max(512)
  .transform((text, context): NameTemplate => {
    const template = parseNameTemplate(text);
    if (typeof template !== 'string') return template;
    context.addIssue({ code: 'custom', message: template });
    return z.NEVER;
  });

const rule = z
  .strictObject({
    when: z.array(condition).default([]),
    namespace: nameTemplate,
    serviceAccount: nameTemplate,
    ...limits,
  })
  .superRefine(({ namespace, serviceAccount, namespaces, serviceAccounts }, context) => {
    // What a token's issuer may choose must be bounded by what we wrote.
    if (namespace.claim !== undefined && namespaces === undefined)
      context.addIssue({ code: 'custom', path: ['namespaces'], message: named('namespace') });
    if (serviceAccount.claim !== undefined && serviceAccounts === undefined)
      context.addIssue({ code: 'custom', path: ['serviceAccounts'], message: named('serviceAccount') });
  });

const keySet = z
  .string()
  .max(MAX_KEY_SET)
  .refine(
    (text) => (KeySet.parse(text, false)?.size ?? 0) > 0,
    'must be a JSON Web Key Set with a usable public key',
  );

const issuer = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    issuer: z.string().min(1).max(1024),
    audiences: z.array(z.string().min(1).max(1024)).min(1),
    jwksUri: z.string().max(2048).optional(),
    jwks: keySet.optional(),
    jwksFile: z.string().min(1).optional(),
    maxTokenLife: duration.default(DAY),
    once: z.boolean().default(false),
    rules: z.array(rule).min(1),
  })
  .superRefine(({ issuer: iss, jwks, jwksUri, jwksFile, rules }, context) => {
    const sources = [jwks, jwksUri, jwksFile].filter((one) => one !== undefined);
    if (sources.length > 1)
      context.addIssue({ code: 'custom', message: 'has more than one of jwks, jwksUri and jwksFile' });
    const owners = ownersOf(iss);
    if (owners === undefined) return;
    for (const [index, { when }] of rules.entries()) {
      if (when.some((one) => one.values && owners.includes(claimPathText(one.claim)))) continue;
      const message = `must say whose tokens count, everybody has some of ${iss}: a condition on ${owners.join(' or ')}`;
      context.addIssue({ code: 'custom', path: ['rules', index, 'when'], message });
    }
  });

const enabled = z.boolean().default(true);

/** A file of policies of attestors (`--attestors`). Durations in ms. */
export const attestorFile = z
  .strictObject({
    joinToken: z.strictObject({ enabled, ...limits }).prefault({}),
    renewal: z.strictObject(limits).prefault({}),
    reAttestation: z
      .strictObject({
        enabled,
        window: duration
          .refine((ms) => ms <= MAX_RE_ATTESTATION_WINDOW_MS, 'must be at most 720h')
          .default(RE_ATTESTATION_WINDOW_MS),
        ...limits,
      })
      .prefault({}),
    issuers: z.array(issuer).default([]),
  })
  .superRefine(({ issuers }, context) => {
    for (const [index, one] of issuers.entries()) {
      for (const field of ['name', 'issuer'] as const) {
        if (issuers.findIndex((other) => other[field] === one[field]) === index) continue;
        context.addIssue({ code: 'custom', path: ['issuers', index, field], message: 'is written twice' });
      }
    }
  });

/** What such a file says. */
export type AttestorFile = z.output<typeof attestorFile>;
/** One of its issuers. */
export type IssuerEntry = AttestorFile['issuers'][number];

/** What holds where there is no file: join tokens, renewal, and re-attestation within 7 days, all without limits. */
export const defaultAttestors: AttestorFile = attestorFile.parse({});

function named(field: string): string {
  return `is required where ${field} is taken from a claim: list those that may be named, or "*"`;
}
