import * as z from 'zod';
import { duration } from './duration.ts';
import { problem } from './field.ts';
import { jwksProblem } from './jwks.ts';

const names = z.array(z.string().min(1, 'must not be empty'));
const headerName = z
  .string()
  .min(1)
  .regex(/^[-_A-Za-z0-9]+$/);

const jwksUri = z.string().min(1).max(2048).superRefine(checkUri);

/** JWTRule. Without jwks and jwksUri the keys are found by OpenID discovery of the issuer. */
export const jwtRule = z
  .strictObject({
    issuer: z.string().min(1).optional(),
    audiences: names.default([]),
    jwksUri: jwksUri.optional(),
    /** The proto's name of jwksUri, which Istio also reads. */
    jwks_uri: jwksUri.optional(),
    jwks: z.string().superRefine(checkJwks).optional(),
    fromHeaders: z
      .array(z.strictObject({ name: z.string().min(1), prefix: z.string().optional() }))
      .default([]),
    fromParams: names.default([]),
    fromCookies: names.default([]),
    outputPayloadToHeader: z
      .string()
      .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/, 'must be a header name')
      .optional(),
    forwardOriginalToken: z.boolean().default(false),
    outputClaimToHeaders: z
      .array(z.strictObject({ header: headerName, claim: z.string().min(1) }))
      .default([]),
    spaceDelimitedClaims: names.max(64).default([]),
    timeout: duration.optional(),
  })
  .check((ctx) => {
    const { issuer, jwks, jwksUri: uri, jwks_uri: other } = ctx.value;
    if (jwks && (uri ?? other)) ctx.issues.push(problem(ctx.value, 'only one of jwks or jwksUri can be set'));
    if (uri !== undefined && other !== undefined)
      ctx.issues.push(problem(ctx.value, 'is the same field as jwksUri', ['jwks_uri']));
    if (!issuer && !(uri ?? other)) ctx.issues.push(problem(ctx.value, 'issuer or jwksUri must be set'));
  });

const URI = /^https?:\/\/(?:\[[0-9a-fA-F:.]+\]|[^/?#:@\s[\]]+)(?::(\d{1,5}))?(?:[/?#][^\s]*)?$/;

function checkUri(uri: string, ctx: z.RefinementCtx): void {
  if (!/^https?:\/\//.test(uri))
    ctx.addIssue({ code: 'custom', message: 'url must have scheme http:// or https://' });
  else if (!URI.test(uri) || Number(URI.exec(uri)?.[1] ?? 1) > 65535)
    ctx.addIssue({ code: 'custom', message: `"${uri}" is not a URL with a host and, if any, a port` });
}

function checkJwks(text: string, ctx: z.RefinementCtx): void {
  const message = text === '' ? undefined : jwksProblem(text);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
}
