import type { Bytes } from '../bytes.ts';

const MIN_BITS = 2048;
const MAX_BITS = 8192;

/** Whether an RSA key must not be trusted: too short, too long, a trivial exponent, or one of ROCA's. */
export function isWeakRsa(modulus: Bytes, exponent: Bytes): boolean {
  const n = toInteger(modulus);
  const e = toInteger(exponent);
  const bits = n.toString(2).length;
  if (bits < MIN_BITS || bits > MAX_BITS || n % 2n === 0n) return true;
  if (e < 3n || e % 2n === 0n || exponent.length > 8) return true;
  return isRoca(n);
}

/** The primes that CVE-2017-15361's generator leaves its mark on. */
const PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157] as const;
const GENERATOR = 65537;
const MARKS = PRIMES.map((prime) => ({ prime: BigInt(prime), powers: powersOf(GENERATOR % prime, prime) }));

/** Its moduli are powers of 65537 by every one of these primes; others are so one in 134 million times. */
function isRoca(modulus: bigint): boolean {
  return MARKS.every(({ prime, powers }) => powers.has(Number(modulus % prime)));
}

function powersOf(base: number, prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * base) % prime) powers.add(power);
  return powers;
}

function toInteger(bytes: Bytes): bigint {
  let digits = '';
  for (const byte of bytes) digits += byte.toString(16).padStart(2, '0');
  return digits === '' ? 0n : BigInt(`0x${digits}`);
}
