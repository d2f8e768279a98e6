/**
 * The way through the verifier: it proves the package, asks what it cannot see, installs or guides, looks at the machine,
 * and gives the confirmation code. It runs beside an instrument, with the kit alone and no network.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { computeCode, plainSerial, readTicketKey } from '../src/domain/confirmation-code.ts';
import type { PackageManifest } from '../src/domain/package-manifest.ts';
import { detectBackup, detectEnvironment, detectSerial, fillPath, runCheck } from './checks.ts';
import { type Kit, type KitTicket, plainName, readKit, readKitFile, readTickets, Stop } from './kit.ts';
import type { Machine } from './machine.ts';
import { hashFile, proveMetadata } from './metadata.ts';
import { postCode } from './post.ts';
import { qrText } from './qr.ts';
import { isDone, isYes, type Speak, speaker, type Word } from './words.ts';

/** Whoever stands before it. */
export interface Person {
  /** A language tag, e.g. `de` or `de_DE.UTF-8`. */
  language: string;
  say(text: string): void;
  /** @param option the name under which an answer may have been given beforehand, e.g. `serial` */
  ask(option: Question, question: string): Promise<string>;
}

/** What may be asked; each may be given beforehand as an option of this name. */
export type Question = 'serial' | 'right-serial' | 'environment' | 'backup' | 'install' | 'installed' | 'post';

/** What came of a run. */
export interface Verdict {
  /** 0 rightly installed, 1 not rightly installed, 2 no backup, 3 stopped: the kit, the clock or the machine is not right. */
  status: 0 | 1 | 2 | 3;
  /** The confirmation code, for status 0 and 1. */
  code?: string;
}

/** Today by a machine's own calendar. */
function localDay(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

interface Proved {
  kit: Kit;
  manifest: PackageManifest;
  sha256: string;
  file: string;
}

interface Scene {
  folder: string;
  machine: Machine;
  person: Person;
  t: Speak;
}

/** Holds the clock, the metadata, the package and its manifest against each other. @throws Stop */
async function proveKit({ folder, machine, person, t }: Scene): Promise<Proved> {
  const now = machine.now();
  const kit = readKit(folder);
  person.say(t('title', { remedy: kit.remedy, version: kit.version, action: kit.action }));
  if (localDay(new Date(now.getTime() + 24 * 60 * 60 * 1000)) < kit.preparedOn)
    throw new Stop('clock-slow', { today: localDay(now), day: kit.preparedOn });
  const proven = proveMetadata(folder, kit, now);
  const file = join(folder, 'package', plainName(kit.file));
  const size = existsSync(file) ? statSync(file).size : undefined;
  if (size === undefined) throw new Stop('kit-broken', { file: kit.file });
  if (size < proven.length)
    throw new Stop('cut-off', { file: kit.file, has: String(size), length: String(proven.length) });
  const sha256 = await hashFile(file).catch(() => {
    throw new Stop('kit-broken', { file: kit.file });
  });
  if (sha256 !== proven.sha256) throw new Stop('forged', { file: kit.file });
  const manifestHash = await hashFile(join(folder, 'manifest.json')).catch(() => {
    throw new Stop('kit-broken', { file: 'manifest.json' });
  });
  // Cut off, it is no JSON any more; what is JSON and not the signed one, somebody wrote.
  const manifest = readKitFile(folder, 'manifest.json') as PackageManifest;
  if (manifestHash !== proven.manifestSha256) throw new Stop('forged', { file: 'manifest.json' });
  const page = `${kit.server}/public/${encodeURIComponent(kit.action)}`;
  person.say(t('root', { sha256: kit.rootSha256, page }));
  person.say(t('genuine'));
  return { kit, manifest, sha256, file };
}

/** The serial number: the machine's own word, else a person's. @throws Stop when no ticket can be for it */
async function findSerial(
  { machine, person, t }: Scene,
  serials: readonly string[],
  manifest: PackageManifest,
): Promise<string> {
  const detected = detectSerial(machine, manifest);
  if (detected !== undefined) {
    person.say(t('detected-serial', { serial: detected }));
    return detected;
  }
  const [only = ''] = serials;
  if (serials.length > 1) return person.ask('serial', t('serial'));
  if (isYes(await person.ask('right-serial', t('serial-only', { serial: only })))) return only;
  return person.ask('serial', t('serial'));
}

/** The ticket of this machine in the mode it runs in. @throws Stop when the kit has none */
async function findTicket(scene: Scene, tickets: readonly KitTicket[], manifest: PackageManifest): Promise<KitTicket> {
  const { machine, person, t } = scene;
  const serials = tickets.map((one) => one.serial).filter((value, at, all) => all.indexOf(value) === at);
  const serial = await findSerial(scene, serials, manifest);
  const own = tickets.filter((one) => plainSerial(one.serial) === plainSerial(serial));
  if (own.length === 0) throw new Stop('serial-unknown', { serial: serial || '?', list: serials.join(', ') });
  const detected = detectEnvironment(machine, manifest);
  if (detected !== undefined) person.say(t('detected', { environment: detected }));
  const names = own.map((one) => one.environment);
  const [first = ''] = names;
  const environment =
    detected ??
    (names.length === 1 ? first : await person.ask('environment', t('environment', { list: names.join('/') })));
  const ticket = own.find((one) => one.environment.toLowerCase() === environment.toLowerCase());
  if (!ticket)
    throw new Stop('environment-unknown', { serial, environment: environment || '?', list: names.join(', ') });
  return ticket;
}

/** Whether there is a backup: one is found where the manifest says, or a person says so. */
async function findBackup({ machine, person, t }: Scene, manifest: PackageManifest): Promise<boolean> {
  const found = detectBackup(machine, manifest);
  if (found !== undefined) {
    person.say(t('backup-found', { day: found }));
    return true;
  }
  if (manifest.backup)
    person.say(
      t('backup-missing', { path: fillPath(machine, manifest.backup.path), days: String(manifest.backup.days) }),
    );
  return isYes(await person.ask('backup', t('backup')));
}

/** Runs the installer of the manifest, or waits for a person who does. */
async function install({ folder, machine, person, t }: Scene, { manifest, file }: Proved): Promise<void> {
  const answer = await person.ask('install', t('install'));
  if (isDone(answer)) return;
  const command = manifest.install?.[machine.platform === 'win32' ? 'windows' : 'linux'];
  if (!isYes(answer) || !command) {
    const words = [person.language.slice(0, 2), 'en'].map((one) => join(folder, 'instructions', `${one}.txt`));
    const how = words.find((path) => existsSync(path));
    if (how) person.say(t('instructions', { file: how }));
    await person.ask('installed', t('by-hand', { file }));
    return;
  }
  person.say(t('installing'));
  const [program = '', ...args] = command.map((part) => fillPath(machine, part).replace('{file}', () => file));
  const { status, error } = await machine.install(program, args);
  if (error !== undefined) person.say(error);
  // 3010: Windows' installer asks for a restart and is otherwise content.
  if (status !== 0 && status !== 3010) person.say(t('install-failed'));
}

/** Looks at the machine as the manifest says. @returns whether everything is as it should be */
async function look({ machine, person, t }: Scene, manifest: PackageManifest, environment: string): Promise<boolean> {
  person.say(t('checking'));
  let passed = true;
  for (const check of manifest.checks) {
    if (check.environments.length > 0 && !check.environments.includes(environment)) continue;
    const result = await runCheck(machine, check);
    passed = passed && result.passed;
    const label = check.label[person.language.slice(0, 2)] ?? check.label.en ?? check.id;
    person.say(`  ${t(result.passed ? 'passed' : 'failed')}  ${label} (${result.seen})`);
  }
  return passed;
}

/** Sends the code where the person wants it and the machine has a network. */
async function offerPost({ machine, person, t }: Scene, kit: Kit, code: string): Promise<void> {
  if (machine.outsideAddresses().length === 0) return;
  if (!isYes(await person.ask('post', t('post', { server: kit.server })))) return;
  const answer = await postCode(kit.server, code, person.language);
  person.say(answer === undefined ? t('not-posted') : t('posted', { answer }));
}

async function go(scene: Scene): Promise<Verdict> {
  const { folder, machine, person, t } = scene;
  const proved = await proveKit(scene);
  const { kit, manifest, sha256 } = proved;
  const tickets = readTickets(folder);
  const ticket = await findTicket(scene, tickets, manifest);
  const { serial, environment } = ticket;
  const key = readTicketKey(ticket.key);
  if ('fault' in key) throw new Stop('key-broken', { serial });
  if (!(await findBackup(scene, manifest))) {
    person.say(t('no-backup'));
    return { status: 2 };
  }
  await install(scene, proved);
  const passed = await look(scene, manifest, environment);
  const code = computeCode(
    key,
    {
      ticket: ticket.number,
      result: passed ? 'done' : 'failed',
      backedUp: true,
      doneOn: localDay(machine.now()),
    },
    { serial, environment, sha256 },
  );
  person.say(`\n${t('code', { serial, environment })}\n\n    ${code}\n\n${qrText(code)}\n`);
  person.say(t(passed ? 'type' : 'code-failed'));
  await offerPost(scene, kit, code);
  const others = tickets.filter((one) => one.serial === serial && one.environment !== environment);
  if (passed && others.length > 0) person.say(t('next', { list: others.map((one) => one.environment).join(', ') }));
  return { status: passed ? 0 : 1, code };
}

/**
 * Goes the whole way with a kit, on a machine, with a person.
 * @param folder where the kit lies, unpacked
 */
export async function verify(folder: string, machine: Machine, person: Person): Promise<Verdict> {
  const t = speaker(person.language);
  try {
    return await go({ folder, machine, person, t });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    person.say(t(error.word as Word, error.params));
    return { status: 3 };
  }
}
