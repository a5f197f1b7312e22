import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

/** Sign-in for a demonstration: whoever you say you are, you are. The name becomes a header, hence the alphabet. */
const userName = /^[\w.@-]{1,64}$/;

/** Remembers the user; false where the name is not one. */
export function signIn(c: Context, name: unknown): boolean {
  if (typeof name !== 'string' || !userName.test(name)) return false;
  setCookie(c, 'user', name, { path: '/', httpOnly: true, sameSite: 'Lax' });
  return true;
}

export function signOut(c: Context): void {
  deleteCookie(c, 'user', { path: '/' });
}

/** The signed-in user, if any. */
export function signedIn(c: Context): string | undefined {
  const name = getCookie(c, 'user');
  return name !== undefined && userName.test(name) ? name : undefined;
}
