// Keeps `npm ci` working: npm leaves optional packages of other platforms out of the lock when the
// registry in use does not carry them, and then refuses its own lock. This adds the missing entries.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const platforms = [
  [/darwin/, 'darwin'],
  [/win(dows|32)/, 'win32'],
  [/android/, 'android'],
  [/linux/, 'linux'],
];

function stub(name, version) {
  const os = platforms.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
  const cpu = /arm64|aarch64/.test(name) ? 'arm64' : 'x64';
  const libc = /musl/.test(name) ? { libc: ['musl'] } : {};
  return { version: version.replace(/^[\^~]/, ''), cpu: [cpu], dev: true, optional: true, os: [os], ...libc };
}

let added = 0;
for (const [parent, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || (parent && lock.packages[`${parent}/${key}`])) continue;
    lock.packages[key] = stub(name, version);
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} entries added`);
