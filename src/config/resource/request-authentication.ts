import * as z from 'zod';
import { workloadSelector } from './field.ts';
import { jwtRule } from './jwt-rule.ts';
import { checkAttachment, targetReference, targetReferences } from './target-reference.ts';

/** RequestAuthentication spec. A request without a token passes; one with a token no rule accepts does not. */
export const requestAuthentication = z
  .strictObject({
    selector: workloadSelector.optional(),
    targetRef: targetReference.optional(),
    targetRefs: targetReferences.optional(),
    jwtRules: z.array(jwtRule).max(4096).default([]),
  })
  .check(checkAttachment);
