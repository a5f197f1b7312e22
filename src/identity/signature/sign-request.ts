import { type Bytes, encodeBase64, encodeBase64Url } from '../bytes.ts';
import { coveredComponents, inputText, LABEL, MAX_LIFE } from './profile.ts';
import { type ProofKey, signEd25519 } from './proof-key.ts';
import { type SignedMessage, signatureBase } from './signature-base.ts';

/** What a signature is made with besides the request. `now` in milliseconds since the epoch. */
export interface SigningInputs {
  readonly key: Pick<ProofKey, 'privateKey' | 'keyid'>;
  readonly now: number;
  /** 128 random bits. */
  readonly nonce: Bytes;
}

/** The lines of `Signature-Input` and `Signature` that are added to a request. */
export interface SignatureLines {
  readonly input: string;
  readonly signature: string;
}

const ENCODER = new TextEncoder();

/** Signs a request by the profile `weft/1`; its other fields are set already. Throws FieldError where one is missing. */
export async function signRequest(
  message: SignedMessage,
  { key, now, nonce }: SigningInputs,
): Promise<SignatureLines> {
  const created = Math.floor(now / 1000);
  const { components, list } = coveredComponents(message.headers);
  const parameters = {
    created,
    expires: created + MAX_LIFE,
    nonce: encodeBase64Url(nonce),
    keyid: key.keyid,
  };
  const text = inputText(list, parameters);
  const base = ENCODER.encode(signatureBase(components, text, message));
  const signature = encodeBase64(await signEd25519(key.privateKey, base));
  return { input: `${LABEL}=${text}`, signature: `${LABEL}=:${signature}:` };
}
