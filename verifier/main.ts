/**
 * The verifier: one file that runs beside an instrument, with the kit alone and no network. It proves the package, asks
 * what it cannot see, installs or guides, looks at the machine, and prints the confirmation code.
 */
import './old-node.ts';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestSecure } from 'node:https';
import { platform } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { computeCode, plainSerial, readTicketKey } from '../src/domain/confirmation-code.ts';
import type { PackageManifest } from '../src/domain/package-manifest.ts';
import { fillPath, runCheck } from './checks.ts';
import { type Kit, type KitTicket, plainName, readKitFile, Stop } from './kit.ts';
import { hashFile, proveMetadata } from './metadata.ts';
import { qrText } from './qr.ts';
import { isDone, isYes, speaker, type Word } from './words.ts';

type Options = Record<string, string>;

/** `--name value` pairs; a name without a value is `yes`. */
function readOptions(args: readonly string[]): Options {
  const options: Options = {};
  args.forEach((arg, at) => {
    if (!arg.startsWith('--')) return;
    const value = args[at + 1];
    options[arg.slice(2)] = value === undefined || value.startsWith('--') ? 'yes' : value;
  });
  return options;
}

const options = readOptions(process.argv.slice(2));
const language =
  options.language ?? process.env.LC_ALL ?? process.env.LANG ?? Intl.DateTimeFormat().resolvedOptions().locale;
const t = speaker(language);
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const lines = createInterface({ input: process.stdin });
const typed: string[] = [];
let waiting: ((line: string) => void) | undefined;
let over = false;
lines.on('line', (line) => {
  if (waiting) waiting(line);
  else typed.push(line);
});
lines.on('close', () => {
  over = true;
  waiting?.('');
});

/** Asks unless the answer was given as an option. */
function ask(option: string, question: string): Promise<string> {
  const given = options[option];
  if (given !== undefined) return Promise.resolve(given);
  process.stdout.write(question);
  const line = typed.shift();
  if (line !== undefined || over) return Promise.resolve((line ?? '').trim());
  return new Promise((answer) => {
    waiting = (text) => {
      waiting = undefined;
      answer(text.trim());
    };
  });
}

/** Today by this machine's own calendar. */
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

/** Holds the clock, the metadata, the package and its manifest against each other. @throws Stop */
async function proveKit(folder: string, now: Date): Promise<Proved> {
  const kit = readKitFile<Kit>(folder, 'kit.json');
  say(t('title', { remedy: kit.remedy, version: kit.version, action: kit.action }));
  if (localDay(new Date(now.getTime() + 24 * 60 * 60 * 1000)) < kit.preparedOn)
    throw new Stop('clock-slow', { today: localDay(now), day: kit.preparedOn });
  const proven = proveMetadata(folder, kit, now);
  const file = join(folder, 'package', plainName(kit.file));
  const sha256 = await hashFile(file).catch(() => {
    throw new Stop('kit-broken', { file: kit.file });
  });
  if (sha256 !== proven.sha256) throw new Stop('forged', { file: kit.file });
  const manifestHash = await hashFile(join(folder, 'manifest.json')).catch(() => '');
  if (manifestHash !== proven.manifestSha256) throw new Stop('forged', { file: 'manifest.json' });
  const manifest = readKitFile<PackageManifest>(folder, 'manifest.json');
  say(t('root', { sha256: kit.rootSha256 }));
  say(t('genuine'));
  return { kit, manifest, sha256, file };
}

/** The mode the machine says it is in; undefined when it says none. */
function detectEnvironment(manifest: PackageManifest): string | undefined {
  if (!manifest.environment) return undefined;
  try {
    const text = readFileSync(fillPath(manifest.environment.path), 'utf8');
    return Object.entries(manifest.environment.values).find(([found]) => text.includes(found))?.[1];
  } catch {
    return undefined;
  }
}

/** The ticket of this machine in the mode it runs in. @throws Stop when the kit has none */
async function findTicket(tickets: readonly KitTicket[], manifest: PackageManifest): Promise<KitTicket> {
  const unique = (values: readonly string[]) => values.filter((value, at) => values.indexOf(value) === at);
  const serials = unique(tickets.map((one) => one.serial));
  const [only = ''] = serials;
  let serial: string;
  if (serials.length === 1 && options.serial === undefined) {
    if (!isYes(await ask('right-serial', t('serial-only', { serial: only }))))
      throw new Stop('serial-unknown', { serial: '?', list: only });
    serial = only;
  } else serial = await ask('serial', t('serial'));
  const own = tickets.filter((one) => plainSerial(one.serial) === plainSerial(serial));
  if (own.length === 0) throw new Stop('serial-unknown', { serial, list: serials.join(', ') });
  const detected = detectEnvironment(manifest);
  if (detected !== undefined) say(t('detected', { environment: detected }));
  const names = own.map((one) => one.environment);
  const [first = ''] = names;
  const environment =
    detected ?? (names.length === 1 ? first : await ask('environment', t('environment', { list: names.join('/') })));
  const ticket = own.find((one) => one.environment.toLowerCase() === environment.toLowerCase());
  if (!ticket) throw new Stop('environment-unknown', { serial, environment, list: names.join(', ') });
  return ticket;
}

/** Runs the installer of the manifest, or waits for a person who does. */
async function install({ manifest, file }: Proved): Promise<void> {
  const answer = await ask('install', t('install'));
  if (isDone(answer)) return;
  const command = manifest.install?.[platform() === 'win32' ? 'windows' : 'linux'];
  if (!isYes(answer) || !command) {
    await ask('installed', t('by-hand', { file }));
    return;
  }
  say(t('installing'));
  const [program = '', ...args] = command.map((part) => fillPath(part.replace('{file}', file)));
  const status = await new Promise<number | null>((end) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      say(error.message);
      end(1);
    });
    child.on('exit', end);
  });
  // 3010: Windows' installer asks for a restart and is otherwise content.
  if (status !== 0 && status !== 3010) say(t('install-failed'));
}

/** Sends the code from a machine that has a network. */
function post(server: string, code: string): Promise<string | undefined> {
  return new Promise((done) => {
    const body = JSON.stringify({ code });
    const send = server.startsWith('https:') ? requestSecure : request;
    const asked = send(
      `${server}/verifier/code`,
      {
        method: 'POST',
        timeout: 10_000,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'accept-language': language,
        },
      },
      (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += String(part);
        });
        answer.on('end', () => {
          try {
            done((JSON.parse(text) as { text: string }).text);
          } catch {
            done(undefined);
          }
        });
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => done(undefined));
    asked.end(body);
  });
}

async function main(): Promise<number> {
  const now = new Date();
  const folder = resolve(options.kit ?? findKit());
  const proved = await proveKit(folder, now);
  const { kit, manifest, sha256 } = proved;
  const tickets = readKitFile<KitTicket[]>(folder, 'tickets.json');
  const ticket = await findTicket(tickets, manifest);
  const key = readTicketKey(ticket.key);
  if ('fault' in key) throw new Stop('key-broken', { serial: ticket.serial });
  if (!isYes(await ask('backup', t('backup')))) {
    say(t('no-backup'));
    return 2;
  }
  await install(proved);
  say(t('checking'));
  const wanted = manifest.checks.filter(
    (check) => check.environments.length === 0 || check.environments.includes(ticket.environment),
  );
  let passed = true;
  for (const check of wanted) {
    const result = await runCheck(check, options.outside);
    passed = passed && result.passed;
    const label = check.label[language.slice(0, 2)] ?? check.label.en ?? check.id;
    say(`  ${t(result.passed ? 'passed' : 'failed')}  ${label} (${result.seen})`);
  }
  const code = computeCode(
    key,
    { ticket: ticket.number, result: passed ? 'done' : 'failed', backedUp: true, doneOn: localDay(now) },
    { serial: ticket.serial, environment: ticket.environment, sha256 },
  );
  say(`\n${t('code', { serial: ticket.serial, environment: ticket.environment })}\n\n    ${code}\n\n${qrText(code)}\n`);
  say(t(passed ? 'type' : 'code-failed'));
  if (options.post) {
    const answer = await post(kit.server, code);
    say(answer === undefined ? t('not-posted') : t('posted', { answer }));
  }
  const others = tickets.filter((one) => one.serial === ticket.serial && one.environment !== ticket.environment);
  if (passed && others.length > 0) say(t('next', { list: others.map((one) => one.environment).join(', ') }));
  return passed ? 0 : 1;
}

/** The kit lies around the program: beside it, or one folder up. */
function findKit(): string {
  const here = dirname(
    process.argv[1] && basename(process.argv[1]).endsWith('.js') ? process.argv[1] : process.execPath,
  );
  return basename(here) === 'verifier' ? dirname(here) : here;
}

main()
  .catch((error: unknown) => {
    if (!(error instanceof Stop)) throw error;
    say(t(error.word as Word, error.params));
    return 3;
  })
  .then((status) => {
    process.exitCode = status;
    lines.close();
  });
