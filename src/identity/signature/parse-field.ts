import { FieldScanner } from './field-scanner.ts';
import { FieldError, type Item, type Member, type WrittenMember } from './structured-field.ts';

/** Parses an item (§4.2.3). Throws FieldError. */
export function parseItem(text: string): Item {
  return whole(text, (scanner) => scanner.item());
}

/** Parses a list (§4.2.1); the empty text is the empty list. Throws FieldError. */
export function parseList(text: string): Member[] {
  return whole(text, (scanner) => {
    const members: Member[] = [];
    while (!scanner.atEnd) {
      members.push(scanner.member());
      scanner.comma();
    }
    return members;
  });
}

/** Parses a dictionary (§4.2.2); of members of one name the last counts. Throws FieldError. */
export function parseDictionary(text: string): Map<string, WrittenMember> {
  return parseMembers(text, false);
}

/** The same where no name may occur twice. */
export function parseUniqueDictionary(text: string): Map<string, WrittenMember> {
  return parseMembers(text, true);
}

function parseMembers(text: string, unique: boolean): Map<string, WrittenMember> {
  return whole(text, (scanner) => {
    const members = new Map<string, WrittenMember>();
    while (!scanner.atEnd) {
      const key = scanner.key();
      if (unique && members.has(key)) throw new FieldError(`the member ${key} is repeated`);
      members.set(key, scanner.dictionaryMember());
      scanner.comma();
    }
    return members;
  });
}

function whole<T>(text: string, read: (scanner: FieldScanner) => T): T {
  const scanner = new FieldScanner(text);
  scanner.skipSpaces();
  const value = read(scanner);
  scanner.skipSpaces();
  if (!scanner.atEnd) throw scanner.error('something follows');
  return value;
}
