import { encodeBase64 } from '../bytes.ts';
import { writeDisplay } from './display-string.ts';
import type { BareItem, Item, Member, Parameters } from './structured-field.ts';

/** The one text of a member of a list (RFC 9651 §4.1); what was parsed can always be written. */
export function writeMember(member: Member): string {
  if (member.kind === 'item') return writeItem(member);
  return `(${member.items.map(writeItem).join(' ')})${writeParameters(member.parameters)}`;
}

/** The one text of an item. */
export function writeItem({ value, parameters }: Item): string {
  return writeBare(value) + writeParameters(parameters);
}

/** The one text of a dictionary. */
export function writeDictionary(members: ReadonlyMap<string, Member>): string {
  return [...members].map(([key, member]) => writeNamed(key, member)).join(', ');
}

function writeNamed(key: string, member: Member): string {
  const isTrue = member.kind === 'item' && member.value.value === true;
  return isTrue ? key + writeParameters(member.parameters) : `${key}=${writeMember(member)}`;
}

function writeParameters(parameters: Parameters): string {
  let text = '';
  for (const [key, value] of parameters)
    text += value.value === true ? `;${key}` : `;${key}=${writeBare(value)}`;
  return text;
}

function writeBare(item: BareItem): string {
  switch (item.kind) {
    case 'integer':
      return String(item.value);
    case 'decimal':
      return writeDecimal(item.value);
    case 'date':
      return `@${item.value}`;
    case 'string':
      return `"${item.value.replace(/[\\"]/g, '\\$&')}"`;
    case 'token':
      return item.value;
    case 'display':
      return writeDisplay(item.value);
    case 'bytes':
      return `:${encodeBase64(item.value)}:`;
    case 'boolean':
      return item.value ? '?1' : '?0';
  }
}

/** At most three digits behind the point, at least one. */
function writeDecimal(value: number): string {
  const text = value.toFixed(3).replace(/0{1,2}$/, '');
  return Number(text) === 0 ? '0.0' : text;
}
