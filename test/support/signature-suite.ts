import { RFC_KEYS, RFC_VECTORS, TRANSFORMED } from './rfc9421-vectors.ts';
import { holds, withSignature } from './signature-vector.ts';
import { SigningPair } from './signed-request.ts';
import { TAMPERINGS } from './tamperings.ts';

/** Signatures on the runtime that runs this: gives what went wrong, a line each, and how much was tried. */
export async function signatureSuite(): Promise<{
  readonly tried: number;
  readonly wrong: readonly string[];
}> {
  const wrong: string[] = [];
  for (const { section, message, algorithm, input, signature } of RFC_VECTORS) {
    const signed = withSignature(message, input, signature);
    const label = input.slice(0, input.indexOf('='));
    if (!(await holds(signed, label, algorithm, RFC_KEYS[algorithm] ?? {})))
      wrong.push(`RFC 9421 ${section}`);
  }
  for (const [what, valid, message] of TRANSFORMED)
    if ((await holds(message, 'transform', 'ed25519', RFC_KEYS.ed25519 ?? {})) !== valid)
      wrong.push(`RFC 9421 B.4 ${what}`);
  const pair = await SigningPair.create();
  for (const [what, change] of TAMPERINGS) {
    const message = await pair.signed();
    change(message);
    const verdict = await pair.verdict(message);
    if (!verdict.startsWith('signature_')) wrong.push(`${what}: ${verdict}`);
  }
  const good = await pair.signed();
  const verdicts = [await pair.verdict(good), await pair.verdict(good)].join(', ');
  if (verdicts !== 'verified, signature_replayed') wrong.push(`sent twice: ${verdicts}`);
  return { tried: RFC_VECTORS.length + TRANSFORMED.length + TAMPERINGS.length + 2, wrong };
}
