/** Runs the checks of a package's manifest on a machine. They are data; nothing here knows any remedy. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageCheck, PackageManifest } from '../src/domain/package-manifest.ts';
import type { Machine } from './machine.ts';
import { hashFile } from './metadata.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface CheckResult {
  passed: boolean;
  /** What was seen, for the person and for support. */
  seen: string;
}

/** Fills %NAME% in from the machine's environment, as Windows writes it. A name nobody set stays as it is. */
export function fillPath(machine: Machine, path: string): string {
  return path.replace(/%([A-Za-z_][A-Za-z0-9_]*)%/g, (all, name: string) => machine.env(name) ?? all);
}

async function checkFile(machine: Machine, check: Extract<PackageCheck, { kind: 'file' }>): Promise<CheckResult> {
  const path = fillPath(machine, check.path);
  if (!existsSync(path)) return { passed: check.absent, seen: 'absent' };
  if (check.absent) return { passed: false, seen: 'present' };
  if (check.sha256 !== undefined) {
    const seen = await hashFile(path).catch((error: Error) => error.message);
    if (seen !== check.sha256) return { passed: false, seen };
  }
  if (check.version !== undefined) {
    if (machine.platform !== 'win32') return { passed: false, seen: 'no version on this system' };
    const quoted = path.replace(/'/g, "''");
    const told = await machine.run('powershell', [
      '-NoProfile',
      '-Command',
      `(Get-Item -LiteralPath '${quoted}').VersionInfo.FileVersion`,
    ]);
    const seen = told.out.trim();
    return { passed: told.ok && atLeast(seen, check.version), seen: seen || 'no version' };
  }
  return { passed: true, seen: 'present' };
}

/** Whether one version is another or later, number by number. */
export function atLeast(seen: string, wanted: string): boolean {
  const [a, b] = [seen, wanted].map((text) => (text.match(/\d+/g) ?? []).map(Number)) as [number[], number[]];
  if (a.length === 0) return false;
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The state of a service, as Windows or systemd tells it. */
async function readService(machine: Machine, service: string): Promise<string> {
  if (machine.platform === 'win32') {
    const state = await machine.run('sc', ['query', service]);
    if (!state.ok) return 'absent';
    const config = await machine.run('sc', ['qc', service]);
    // The numbers are the same in every language of Windows, the words are not.
    if (/:\s*4\s+RUNNING/.test(state.out)) return 'running';
    return /START_TYPE\s*:\s*4/.test(config.out) ? 'disabled' : 'stopped';
  }
  const state = (await machine.run('systemctl', ['is-active', service])).out.trim();
  if (state === 'active') return 'running';
  const enabled = (await machine.run('systemctl', ['is-enabled', service])).out.trim();
  if (enabled === '' || enabled === 'not-found') return 'absent';
  return enabled === 'disabled' || enabled === 'masked' ? 'disabled' : 'stopped';
}

async function checkService(machine: Machine, check: Extract<PackageCheck, { kind: 'service' }>): Promise<CheckResult> {
  const seen = await readService(machine, check.service);
  const passed = seen === check.state || (check.state === 'stopped' && (seen === 'disabled' || seen === 'absent'));
  return { passed, seen };
}

async function checkRegistry(
  machine: Machine,
  check: Extract<PackageCheck, { kind: 'registry' }>,
): Promise<CheckResult> {
  if (machine.platform !== 'win32') return { passed: false, seen: 'no registry on this system' };
  const told = await machine.run('reg', ['query', check.key, '/v', check.value]);
  const seen = /REG_\w+[ \t]+(.*)$/m.exec(told.out)?.[1]?.trim() ?? 'absent';
  const hex = /^0x[0-9a-f]+$/i.test(seen) ? String(Number(seen)) : seen;
  return { passed: told.ok && (seen === check.equals || hex === check.equals), seen };
}

async function checkPort(machine: Machine, check: Extract<PackageCheck, { kind: 'port' }>): Promise<CheckResult> {
  const local = await machine.answers('127.0.0.1', check.port);
  const addresses = machine.outsideAddresses();
  const open = await Promise.all(addresses.map((address) => machine.answers(address, check.port)));
  const remote = open.includes(true);
  const word = (yes: boolean) => (yes ? 'open' : 'closed');
  return {
    passed: word(local) === check.local && word(remote) === check.remote,
    seen: `inside ${word(local)}, outside ${addresses.length === 0 ? 'no network' : word(remote)}`,
  };
}

async function checkHttp(machine: Machine, check: Extract<PackageCheck, { kind: 'http' }>): Promise<CheckResult> {
  const answer = await machine.fetchPage(check.url);
  if (!answer) return { passed: false, seen: 'no answer' };
  const right =
    answer.status === check.status && (check.contains === undefined || answer.text.includes(check.contains));
  return { passed: right, seen: String(answer.status) };
}

/** Runs one check. */
export function runCheck(machine: Machine, check: PackageCheck): Promise<CheckResult> {
  switch (check.kind) {
    case 'file':
      return checkFile(machine, check);
    case 'service':
      return checkService(machine, check);
    case 'registry':
      return checkRegistry(machine, check);
    case 'port':
      return checkPort(machine, check);
    case 'http':
      return checkHttp(machine, check);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The mode the machine says it is in; undefined when it says none. */
export function detectEnvironment(machine: Machine, manifest: PackageManifest): string | undefined {
  if (!manifest.environment) return undefined;
  const text = readText(fillPath(machine, manifest.environment.path)) ?? '';
  return Object.entries(manifest.environment.values).find(([found]) => text.includes(found))?.[1];
}

/** The serial number the machine says it has; undefined when it says none. */
export function detectSerial(machine: Machine, manifest: PackageManifest): string | undefined {
  if (!manifest.serial) return undefined;
  const { path, after } = manifest.serial;
  const line = (readText(fillPath(machine, path)) ?? '').split(/\r?\n/).find((one) => one.includes(after));
  const serial = line?.slice(line.indexOf(after) + after.length).trim();
  return serial === '' ? undefined : serial;
}

/** The day of the newest backup, `YYYY-MM-DD`, where the manifest names its place; undefined: none that is new enough. */
export function detectBackup(machine: Machine, manifest: PackageManifest): string | undefined {
  if (!manifest.backup) return undefined;
  const path = fillPath(machine, manifest.backup.path);
  try {
    const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
    const newest = Math.max(...files.map((file) => statSync(file).mtime.getTime()));
    const age = machine.now().getTime() - newest;
    return age <= manifest.backup.days * DAY_MS ? new Date(newest).toISOString().slice(0, 10) : undefined;
  } catch {
    return undefined;
  }
}
