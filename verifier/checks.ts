/** Runs the checks of a package's manifest on this machine. They are data; nothing here knows any remedy. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces, platform } from 'node:os';
import type { PackageCheck } from '../src/domain/package-manifest.ts';
import { hashFile } from './metadata.ts';

const PATIENCE_MS = 4_000;

export interface CheckResult {
  passed: boolean;
  /** What was seen, for the person and for support. */
  seen: string;
}

/** Fills %NAME% in from the environment, as Windows writes it. A name nobody set stays as it is. */
export function fillPath(path: string): string {
  return path.replace(/%([A-Za-z_][A-Za-z0-9_]*)%/g, (all, name: string) => process.env[name] ?? all);
}

/** Runs a program of the system. @returns what it printed, and whether it ended well */
function run(program: string, args: readonly string[]): Promise<{ ok: boolean; out: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000, windowsHide: true }, (error, stdout) =>
      resolve({ ok: !error, out: String(stdout) }),
    );
  });
}

/** Whether somebody answers at an address. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

/** Addresses of this machine that others reach it by. A connection to one of them is what a neighbour would get. */
export function outsideAddresses(given?: string): string[] {
  if (given) return given.split(',');
  const all = Object.values(networkInterfaces()).reduce<{ address: string; internal: boolean }[]>(
    (list, own) => list.concat(own ?? []),
    [],
  );
  return all.filter((one) => !one.internal && !one.address.startsWith('fe80')).map((one) => one.address);
}

async function checkFile(check: Extract<PackageCheck, { kind: 'file' }>): Promise<CheckResult> {
  const path = fillPath(check.path);
  if (!existsSync(path)) return { passed: check.absent, seen: 'absent' };
  if (check.absent) return { passed: false, seen: 'present' };
  if (check.sha256 !== undefined) {
    const seen = await hashFile(path);
    if (seen !== check.sha256) return { passed: false, seen };
  }
  if (check.version !== undefined) {
    if (platform() !== 'win32') return { passed: false, seen: 'no version on this system' };
    const quoted = path.replace(/'/g, "''");
    const told = await run('powershell', [
      '-NoProfile',
      '-Command',
      `(Get-Item -LiteralPath '${quoted}').VersionInfo.FileVersion`,
    ]);
    const seen = told.out.trim();
    return { passed: told.ok && atLeast(seen, check.version), seen };
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

async function checkService(check: Extract<PackageCheck, { kind: 'service' }>): Promise<CheckResult> {
  let seen: string;
  if (platform() === 'win32') {
    const state = await run('sc', ['query', check.service]);
    const config = await run('sc', ['qc', check.service]);
    seen = !state.ok
      ? 'absent'
      : /START_TYPE\s*:\s*4/.test(config.out)
        ? 'disabled'
        : /STATE\s*:\s*4/.test(state.out)
          ? 'running'
          : 'stopped';
  } else {
    const state = (await run('systemctl', ['is-active', check.service])).out.trim();
    const enabled = (await run('systemctl', ['is-enabled', check.service])).out.trim();
    seen = state === 'active' ? 'running' : enabled === '' ? 'absent' : enabled === 'disabled' ? 'disabled' : 'stopped';
  }
  const passed = seen === check.state || (check.state === 'stopped' && (seen === 'disabled' || seen === 'absent'));
  return { passed, seen };
}

async function checkRegistry(check: Extract<PackageCheck, { kind: 'registry' }>): Promise<CheckResult> {
  if (platform() !== 'win32') return { passed: false, seen: 'no registry on this system' };
  const told = await run('reg', ['query', check.key, '/v', check.value]);
  const seen = /REG_\w+\s+(.*)$/m.exec(told.out)?.[1]?.trim() ?? 'absent';
  const hex = /^0x[0-9a-f]+$/i.test(seen) ? String(Number(seen)) : seen;
  return { passed: seen === check.equals || hex === check.equals, seen };
}

async function checkPort(check: Extract<PackageCheck, { kind: 'port' }>, outside?: string): Promise<CheckResult> {
  const local = await answers('127.0.0.1', check.port);
  const addresses = outsideAddresses(outside);
  const open = await Promise.all(addresses.map((address) => answers(address, check.port)));
  const remote = open.includes(true);
  const word = (yes: boolean) => (yes ? 'open' : 'closed');
  return {
    passed: word(local) === check.local && word(remote) === check.remote,
    seen: `inside ${word(local)}, outside ${addresses.length === 0 ? 'no network' : word(remote)}`,
  };
}

function checkHttp(check: Extract<PackageCheck, { kind: 'http' }>): Promise<CheckResult> {
  return new Promise((resolve) => {
    const no = () => resolve({ passed: false, seen: 'no answer' });
    const ask = check.url.startsWith('https:') ? getSecure : get;
    // A machine's own certificate is its own: it proves nothing here, and nothing is sent.
    const request = ask(check.url, { timeout: PATIENCE_MS, rejectUnauthorized: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text = (text + part).slice(0, 1_000_000);
      });
      answer.on('error', no);
      answer.on('end', () => {
        const right =
          answer.statusCode === check.status && (check.contains === undefined || text.includes(check.contains));
        resolve({ passed: right, seen: String(answer.statusCode) });
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', no);
  });
}

/** Runs one check. @param outside addresses that stand for the network in place of this machine's own */
export function runCheck(check: PackageCheck, outside?: string): Promise<CheckResult> {
  switch (check.kind) {
    case 'file':
      return checkFile(check);
    case 'service':
      return checkService(check);
    case 'registry':
      return checkRegistry(check);
    case 'port':
      return checkPort(check, outside);
    case 'http':
      return checkHttp(check);
  }
}
