/** What the tests need beside npm's packages: installed where that is possible, named where it is not. */
import { existsSync } from 'node:fs';
import { step, warn } from './log.mjs';
import { run } from './proc.mjs';

/** Each package with what the tests use it for. */
const packages = {
  'build-essential': 'builds the native parts and compiles the programs of the demos',
  python3: 'node-gyp',
  chromium: 'the end-to-end tests',
  'fonts-dejavu-core': 'text in screenshots',
  'util-linux': 'unshare, nsenter, ipcmk, ipcs: kernel objects in namespaces of their own',
  procps: 'processes as other tools see them',
  iproute2: 'ss, ip: sockets as other tools see them',
  manpages: 'facts are compared with the man pages',
  'manpages-dev': 'facts are compared with the man pages',
  'glibc-doc': 'facts on threads are compared with the man pages',
};

async function missingOf(names) {
  // Braces of dpkg-query's own format, not of a template.
  const format = ['Package', 'db:Status-Status'].map((field) => `$\{${field}}`).join(' ');
  const { output } = await run('dpkg-query', ['-W', '-f', `${format}\\n`, ...names], {
    quiet: true,
    allowFailure: true, // It fails when one is unknown to it, and still lists the others.
  });
  const installed = new Set([...output.matchAll(/^(\S+) installed$/gm)].map((match) => match[1]));
  return names.filter((name) => !installed.has(name));
}

/** Installs what is missing when this is Debian (or its kin) and root; otherwise says what is missing. */
export async function ensureDebianPackages() {
  if (!existsSync('/usr/bin/apt-get')) return;
  const missing = await missingOf(Object.keys(packages));
  if (missing.length === 0) return;
  const list = missing.map((name) => `${name} (${packages[name]})`).join(', ');
  if (process.getuid?.() !== 0) {
    warn(
      `Not installed: ${list}.\nTests which need them fail or are skipped. As root: apt-get install ${missing.join(' ')}`,
    );
    return;
  }
  await step(`installing Debian packages: ${list}`, () => install(missing));
}

async function install(names) {
  const options = { quiet: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['update'], options);
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...names], options);
}

/** Installs the first of `names` that this Debian has. Resolves to why that was not possible, or to undefined. */
export async function tryInstall(names, purpose) {
  if (!existsSync('/usr/bin/apt-get')) return 'there is no apt-get to install it';
  if (process.getuid?.() !== 0) return `not installed (as root: apt-get install ${names[0]})`;
  for (const name of names) {
    if ((await missingOf([name])).length === 0) return undefined;
    try {
      await step(`installing the Debian package ${name} (${purpose})`, () => install([name]));
      return undefined;
    } catch (error) {
      warn(error.message);
    }
  }
  return `apt-get could not install ${names.join(' or ')}`;
}
