import type { HeaderList } from '../http/header-list.ts';
import { SIGNATURE_FIELDS, withoutOwnMember } from '../identity/signature/own-member.ts';
import { ProfileField } from '../identity/signature/profile.ts';

const SPENT = [
  ProfileField.source,
  ProfileField.destination,
  ProfileField.certificates,
  ProfileField.authority,
  ProfileField.serverName,
];

/** The fields of a request whose signature was verified, without it: signatures of clients stay. */
export function withoutSignature(headers: HeaderList): HeaderList {
  const rest = headers.copy();
  for (const name of SPENT) rest.delete(name);
  for (const name of SIGNATURE_FIELDS) {
    const others = withoutOwnMember(rest.get(name) ?? '');
    rest.delete(name);
    if (others !== '') rest.append(name, others);
  }
  return rest;
}
