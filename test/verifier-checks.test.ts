/** Each kind of check of a manifest, on a machine of Windows and one of Linux, passed and not; and what a machine tells of itself. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type PackageManifest, packageCheckSchema, packageManifestSchema } from '../src/domain/package-manifest.ts';
import { atLeast, detectBackup, detectEnvironment, detectSerial, fillPath, runCheck } from '../verifier/checks.ts';
import { type Machine, thisMachine } from '../verifier/machine.ts';
import { verify } from '../verifier/verify.ts';
import { isDone, isYes } from '../verifier/words.ts';
import { root } from './helpers/imports.ts';
import { temporaryFolder } from './helpers/packages.ts';

/** A machine whose programs answer what a table says; what is not in it fails. */
function machine(platform: string, programs: Record<string, string> = {}, more: Partial<Machine> = {}): Machine {
  return {
    ...thisMachine([]),
    platform,
    run: async (program, args) => {
      const out = programs[[program, ...args].join(' ')];
      return { ok: out !== undefined, out: out ?? '' };
    },
    ...more,
  };
}

const look = (on: Machine, check: Record<string, unknown>) =>
  runCheck(on, packageCheckSchema.parse({ id: 'c', ...check }));
const WINDOWS = machine('win32');
const LINUX = machine('linux');

describe('a check of a file', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'lrm.exe');
  writeFileSync(path, 'program');
  const sha256 = createHash('sha256').update('program').digest('hex');

  it('sees that it is there, or gone', async () => {
    assert.deepEqual(await look(LINUX, { kind: 'file', path }), { passed: true, seen: 'present' });
    assert.deepEqual(await look(LINUX, { kind: 'file', path: `${path}.old` }), { passed: false, seen: 'absent' });
    assert.deepEqual(await look(LINUX, { kind: 'file', path, absent: true }), { passed: false, seen: 'present' });
    assert.equal((await look(LINUX, { kind: 'file', path: `${path}.old`, absent: true })).passed, true);
  });

  it('compares its hash', async () => {
    assert.equal((await look(LINUX, { kind: 'file', path, sha256 })).passed, true);
    const other = await look(LINUX, { kind: 'file', path, sha256: '0'.repeat(64) });
    assert.deepEqual(other, { passed: false, seen: sha256 });
    assert.equal((await look(LINUX, { kind: 'file', path: folder, sha256 })).passed, false);
  });

  it('compares its version, which only Windows tells', async () => {
    const name = join(temporaryFolder(), "it's.exe");
    writeFileSync(name, '');
    const asked = `powershell -NoProfile -Command (Get-Item -LiteralPath '${name.replace("'", "''")}').VersionInfo.FileVersion`;
    const on = (version: string) => machine('win32', { [asked]: `${version}\r\n` });
    const check = { kind: 'file', path: name, version: '3.1.2' };
    assert.deepEqual(await look(on('3.1.2.0'), check), { passed: true, seen: '3.1.2.0' });
    assert.deepEqual(await look(on('3.1.1.9'), check), { passed: false, seen: '3.1.1.9' });
    assert.deepEqual(await look(on(''), check), { passed: false, seen: 'no version' });
    assert.deepEqual(await look(WINDOWS, check), { passed: false, seen: 'no version' });
    assert.equal((await look(LINUX, check)).passed, false);
    assert.ok(atLeast('10.0', '9.9') && !atLeast('9.9', '10.0') && atLeast('1.2', '1.2.0') && !atLeast('', '1'));
  });

  it('fills in what the machine calls a place', () => {
    const on = machine('win32', {}, { env: (name) => (name === 'ProgramData' ? 'C:\\ProgramData' : undefined) });
    assert.equal(fillPath(on, '%ProgramData%\\x\\%NOBODY%'), 'C:\\ProgramData\\x\\%NOBODY%');
  });
});

describe('a check of a service', () => {
  const running = '        STATE              : 4  RUNNING \r\n';
  const stopped = '        STATUS             : 1  STOPPED \r\n';
  const automatic = '        START_TYPE         : 2   AUTO_START\r\n';
  const disabled = '        START_TYPE         : 4   DISABLED\r\n';
  const windows = (state: string, config: string) => machine('win32', { 'sc query LRM': state, 'sc qc LRM': config });
  const linux = (active: string, enabled: string) =>
    machine('linux', { 'systemctl is-active LRM': `${active}\n`, 'systemctl is-enabled LRM': `${enabled}\n` });
  const cases: [string, Machine, string][] = [
    ['Windows', windows(running, automatic), 'running'],
    ['Windows, running though disabled for the next start', windows(running, disabled), 'running'],
    ['Windows', windows(stopped, automatic), 'stopped'],
    ['Windows', windows(stopped, disabled), 'disabled'],
    ['Windows', WINDOWS, 'absent'],
    ['Linux', linux('active', 'enabled'), 'running'],
    ['Linux', linux('inactive', 'enabled'), 'stopped'],
    ['Linux', linux('inactive', 'masked'), 'disabled'],
    ['Linux', linux('inactive', 'disabled'), 'disabled'],
    ['Linux', linux('inactive', ''), 'absent'],
    ['Linux', linux('inactive', 'not-found'), 'absent'],
  ];
  for (const [system, on, seen] of cases) {
    it(`tells ${seen} (${system})`, async () => {
      for (const state of ['running', 'stopped', 'disabled', 'absent']) {
        const right = state === seen || (state === 'stopped' && seen !== 'running');
        assert.deepEqual(await look(on, { kind: 'service', service: 'LRM', state }), { passed: right, seen });
      }
    });
  }
});

describe('a check of the registry', () => {
  const key = 'HKLM\\SOFTWARE\\Muster';
  const on = (line: string) =>
    machine('win32', { [`reg query ${key} /v Patch`]: `\r\n${key}\r\n    Patch    ${line}\r\n\r\n` });
  const check = (equals: string) => ({ kind: 'registry', key, value: 'Patch', equals });

  it('compares text and numbers', async () => {
    assert.deepEqual(await look(on('REG_SZ    1.0'), check('1.0')), { passed: true, seen: '1.0' });
    assert.deepEqual(await look(on('REG_SZ    1.0 beta'), check('1.0')), { passed: false, seen: '1.0 beta' });
    assert.equal((await look(on('REG_DWORD    0x10'), check('16'))).passed, true);
    assert.equal((await look(on('REG_DWORD    0x10'), check('0x10'))).passed, true);
    assert.deepEqual(await look(on('REG_SZ    '), check('')), { passed: true, seen: '' });
  });

  it('does not pass where there is none', async () => {
    assert.deepEqual(await look(WINDOWS, check('1.0')), { passed: false, seen: 'absent' });
    assert.deepEqual(await look(WINDOWS, check('absent')), { passed: false, seen: 'absent' });
    assert.deepEqual(await look(LINUX, check('1.0')), { passed: false, seen: 'no registry on this system' });
  });
});

describe('a check of a port', () => {
  const check = { kind: 'port', port: 8080, remote: 'closed', local: 'open' };
  const on = (open: string[], outside: string[]) =>
    machine('linux', {}, { answers: async (host) => open.includes(host), outsideAddresses: () => outside });

  it('asks from inside, and from every address that others reach', async () => {
    const inside = '127.0.0.1';
    assert.deepEqual(await look(on([inside], ['192.0.2.7']), check), {
      passed: true,
      seen: 'inside open, outside closed',
    });
    assert.equal((await look(on([inside, '192.0.2.8'], ['192.0.2.7', '192.0.2.8']), check)).passed, false);
    assert.equal((await look(on([], ['192.0.2.7']), check)).passed, false);
    assert.deepEqual(await look(on([inside], []), check), { passed: true, seen: 'inside open, outside no network' });
  });
});

describe('a check of a page', () => {
  it('compares status and text', async () => {
    const server = createServer((request, answer) => {
      if (request.url === '/slow') return;
      answer.statusCode = request.url === '/' ? 200 : 404;
      answer.end('Run manager 3.1');
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    try {
      const url = `http://127.0.0.1:${port}/`;
      assert.deepEqual(await look(LINUX, { kind: 'http', url, status: 200, contains: '3.1' }), {
        passed: true,
        seen: '200',
      });
      assert.equal((await look(LINUX, { kind: 'http', url, status: 200, contains: '2.0' })).passed, false);
      assert.deepEqual(await look(LINUX, { kind: 'http', url: `${url}x`, status: 200 }), {
        passed: false,
        seen: '404',
      });
    } finally {
      server.close();
    }
    const dead = await look(LINUX, { kind: 'http', url: `http://127.0.0.1:${port}/`, status: 200 });
    assert.deepEqual(dead, { passed: false, seen: 'no answer' });
  });

  it('is of this machine and no other', () => {
    for (const url of ['http://192.0.2.1/', 'https://lab.example/', 'file:///etc/passwd', 'http://127.0.0.1.example/'])
      assert.ok(!packageCheckSchema.safeParse({ id: 'c', kind: 'http', url, status: 200 }).success, url);
  });
});

describe('what a machine tells of itself', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mode.txt'), 'BootMode=RUO\r\nSerialNumber= NB 5501 \r\n');
  const on = machine('linux', {}, { env: (name) => (name === 'DISK' ? folder : undefined) });
  const manifest = (more: object): PackageManifest => packageManifestSchema.parse(more);

  it('is its mode and its serial number, where the manifest says to look', () => {
    const values = { 'BootMode=Dx': 'Dx', 'BootMode=RUO': 'RUO' };
    const says = (path: string) =>
      manifest({ environment: { path, values }, serial: { path, after: 'SerialNumber=' } });
    assert.equal(detectEnvironment(on, says('%DISK%/mode.txt')), 'RUO');
    assert.equal(detectSerial(on, says('%DISK%/mode.txt')), 'NB 5501');
    for (const path of ['%DISK%/none.txt', '%DISK%']) {
      assert.equal(detectEnvironment(on, says(path)), undefined);
      assert.equal(detectSerial(on, says(path)), undefined);
    }
    assert.equal(detectSerial(on, manifest({})), undefined);
    assert.equal(
      detectSerial(on, manifest({ serial: { path: '%DISK%/mode.txt', after: 'Seriennummer=' } })),
      undefined,
    );
  });

  it('is its newest backup, if that is new enough', () => {
    const place = join(folder, 'backup');
    mkdirSync(place);
    const says = manifest({ backup: { path: '%DISK%/backup', days: 7 } });
    assert.equal(detectBackup(on, says), undefined, 'an empty folder');
    const file = join(place, 'monday.zip');
    writeFileSync(file, '');
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
    utimesSync(file, ago(8), ago(8));
    assert.equal(detectBackup(on, says), undefined);
    utimesSync(file, ago(6), ago(6));
    assert.equal(detectBackup(on, says), ago(6).toISOString().slice(0, 10));
    assert.equal(
      detectBackup(on, manifest({ backup: { path: '%DISK%/backup/monday.zip', days: 7 } })),
      ago(6).toISOString().slice(0, 10),
    );
    assert.equal(detectBackup(on, manifest({ backup: { path: '%DISK%/nowhere', days: 7 } })), undefined);
    assert.equal(detectBackup(on, manifest({})), undefined);
  });
});

describe('docs/package-manifest.md', () => {
  it('shows a manifest that is taken, with every member and kind there is', () => {
    const text = readFileSync(join(root, 'docs/package-manifest.md'), 'utf8');
    const example = packageManifestSchema.parse(JSON.parse(/```json\n(.*?)```/s.exec(text)?.[1] ?? ''));
    assert.deepEqual(Object.keys(example).sort(), Object.keys(packageManifestSchema.shape).sort());
    const kinds = packageCheckSchema.options.map((option) => option.shape.kind.value);
    assert.deepEqual([...new Set(example.checks.map((check) => check.kind))].sort(), [...kinds].sort());
    for (const name of [...Object.keys(packageManifestSchema.shape), ...kinds])
      assert.ok(text.includes(`| \`${name}\` |`), name);
  });
});

describe('the words of the verifier', () => {
  it('take yes and done in each of its languages', () => {
    for (const word of ['y', 'YES', ' ja ', 'sì', 'si']) assert.ok(isYes(word), word);
    for (const word of ['', 'no', 'nein', 'yesterday']) assert.ok(!isYes(word), word);
    for (const word of ['done', 'Fertig', 'fatto']) assert.ok(isDone(word), word);
  });

  it('are spoken in the language of the machine, English where it is another', async () => {
    const said = async (language: string) => {
      const lines: string[] = [];
      const person = { language, say: (text: string) => lines.push(text), ask: async () => '' };
      assert.deepEqual(await verify(temporaryFolder(), LINUX, person), { status: 3 });
      return lines.join('\n');
    };
    assert.match(await said('de_AT.UTF-8'), /Der Datenträger ist nicht vollständig: kit\.json/);
    assert.match(await said('it'), /Il kit non è completo: kit\.json/);
    assert.match(await said('ja'), /The kit is not complete: kit\.json/);
  });
});
