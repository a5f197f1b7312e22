import { type Bytes, decodeBase64 } from '../bytes.ts';
import { type IdentityCode, IdentityError } from '../identity-error.ts';
import { parseUniqueDictionary } from './parse-field.ts';
import { KEYID, LABEL, NONCE, type ProfileParameters, readInput } from './profile.ts';
import { fieldValue, type SignedMessage } from './signature-base.ts';
import { FieldError, type WrittenMember } from './structured-field.ts';

/** What our members of `Signature-Input` and `Signature` say. Nothing is verified. */
export interface ReadSignature {
  /** The member of `Signature-Input` as it was written. */
  readonly text: string;
  readonly parameters: ProfileParameters;
  readonly signature: Bytes;
}

/**
 * Reads our members of both fields, of which there is one each; `list` is what they should cover. Throws `signature_missing`, and `signature_malformed`
 * for what is no dictionary (RFC 9651), or lacks what the profile has.
 */
export function readSignature(message: SignedMessage, list: string): ReadSignature {
  const input = fieldValue(message, 'signature-input');
  const signature = fieldValue(message, 'signature');
  if (input === undefined || signature === undefined) throw refusal('signature_missing', 'is not there');
  return readAlone(input, signature, list) ?? readMembers(input, signature);
}

/** The usual case at a tenth of the cost: our members stand alone, as we write them. Undefined for any other. */
export function readAlone(input: string, signature: string, list: string): ReadSignature | undefined {
  if (!input.startsWith(BEGINNING) || !SIGNED.test(signature)) return undefined;
  const text = input.slice(BEGINNING.length);
  const parameters = readInput(text, list);
  return parameters && { text, parameters, signature: decoded(signature.slice(BEGINNING.length + 1, -1)) };
}

/** The same for fields of any dictionary. */
export function readMembers(input: string, signature: string): ReadSignature {
  const member = memberOf(input);
  const { kind, text, ...signed } = memberOf(signature);
  if (kind !== 'item' || !SIGNED.test(`${LABEL}=${text}`) || signed.parameters.size > 0)
    throw refusal('signature_malformed', 'is no Ed25519 signature');
  return {
    text: member.text,
    parameters: readParameters(member),
    signature: decoded(text.slice(1, -1)),
  };
}

const BEGINNING = `${LABEL}=`;
/** 64 bytes of Ed25519, base64 as a byte sequence. */
const SIGNED = /^weft=:[A-Za-z0-9+/]{86}==:$/;

function memberOf(text: string): WrittenMember {
  try {
    const member = parseUniqueDictionary(text).get(LABEL);
    if (member !== undefined) return member;
  } catch (cause) {
    if (!(cause instanceof FieldError)) throw cause;
    throw refusal('signature_malformed', cause.message);
  }
  throw refusal('signature_missing', `has no member ${LABEL}`);
}

function readParameters({ parameters }: WrittenMember): ProfileParameters {
  const [created, expires] = [parameters.get('created'), parameters.get('expires')];
  const [nonce, keyid] = [parameters.get('nonce'), parameters.get('keyid')];
  const timed = created?.kind === 'integer' && expires?.kind === 'integer';
  const named = nonce?.kind === 'string' && keyid?.kind === 'string';
  if (!timed || !named || !NONCE.test(nonce.value) || !KEYID.test(keyid.value))
    throw refusal('signature_malformed', 'lacks a parameter');
  return { created: created.value, expires: expires.value, nonce: nonce.value, keyid: keyid.value };
}

/** Canonical base64 only, so that there is one text of a signature. */
function decoded(text: string): Bytes {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw new IdentityError('signature_malformed', 'request signature: is not canonical base64', cause);
  }
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `request signature: ${detail}`);
}
