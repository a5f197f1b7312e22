/** Whether a Host header names this machine's loopback. Any other name may be an attacker's (DNS rebinding). */
export function isLocalHost(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/.test(host);
}
