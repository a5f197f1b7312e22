import { decodeBase64Url } from '../../src/identity/bytes.ts';
import type { Claims } from '../../src/identity/jwt/token-verdict.ts';
import { CommandError, exitCode } from '../exit-code.ts';

/** Claims as JSON, or those of a token, whose signature is not looked at. Throws CommandError. */
export function parseClaims(text: string): Claims {
  const parsed = json(text.trim().startsWith('{') ? text : payloadOf(text.trim()));
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Claims;
  throw wrong();
}

/** Of a compact JWS, with or without `Bearer` before it. */
function payloadOf(token: string): string {
  const [, payload = ''] = token.replace(/^Bearer\s+/i, '').split('.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(decodeBase64Url(payload));
  } catch {
    throw wrong();
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong();
  }
}

function wrong(): CommandError {
  return new CommandError(
    '--jwt must be claims, such as \'{"iss":"https://id.example","sub":"ann"}\', or a token',
    exitCode.usage,
  );
}
